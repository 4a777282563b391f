import { isIP } from 'node:net'
import type { Diagnostic } from '../core/diagnostic.ts'
import { TIERS } from '../inventory/tiers.ts'
import { canonical, hostPort } from './address.ts'
import type { Fleet, Member, Placed } from './model.ts'
import { type Tunneller, tunnellers, tunnelPeers } from './tunnels.ts'

/** Ends of tunnels that are missing, lead nowhere, or cannot find each other. */
export function tunnelProblems(fleet: Fleet): readonly Diagnostic[] {
  const inside = tunnellers(fleet)
  if (inside.length === 0) return []
  return [
    ...fleet.members.flatMap(endless),
    ...inside.flatMap((member) => [...nameInside(member), ...endInside(member, inside), ...unknownPeers(member, fleet)]),
    ...twoBehindNat(fleet),
  ]
}

/** What two ends of tunnels claim at once, in one fleet or in two: a place, or a key. */
export function tunnelDuplicates(fleets: readonly Fleet[]): readonly Diagnostic[] {
  const inside = fleets.flatMap(tunnellers)
  const dialled = inside.filter(({ tunnel }) => !tunnel.isBehindNat)
  return [
    ...twice(dialled, ({ tunnel }) => ({ ...tunnel.address, value: hostPort(canonical(tunnel.address.value), tunnel.port) }), sameEnd),
    ...twice(inside, ({ tunnel }) => tunnel.publicKey, sameKey),
  ]
}

function endless({ name, origin, tier, tunnel, privateAddress }: Member): readonly Diagnostic[] {
  if (tunnel || !privateAddress || tier === undefined) return []
  const message = `\`${name}\` has no \`tunnel_address\`, and other hosts of its fleet do`
  const help = 'give it the address at which the others reach its end of the tunnels'
  return [{ code: 'fleet-tunnel', message, origin, help }]
}

function nameInside({ name, privateAddress }: Tunneller): readonly Diagnostic[] {
  if (isIP(privateAddress.value) !== 0) return []
  const message = `the private address of \`${name}\` is a name, and tunnels need a number`
  return [{ code: 'fleet-tunnel', message, origin: privateAddress.origin, help: 'write the IP address' }]
}

function endInside({ name, tunnel }: Tunneller, inside: readonly Tunneller[]): readonly Diagnostic[] {
  const other = inside.find(({ privateAddress }) => canonical(privateAddress.value) === canonical(tunnel.address.value))
  if (!other) return []
  return [
    {
      code: 'fleet-tunnel',
      message: `the tunnels of \`${name}\` would end inside themselves, at ${tunnel.address.value}`,
      origin: tunnel.address.origin,
      help: '`tunnel_address` is where the host is reached without tunnels; `private_address` is a network of its own',
      related: [{ message: `the private address of \`${other.name}\``, origin: other.privateAddress.origin }],
    },
  ]
}

function unknownPeers({ name, tunnel }: Tunneller, { members }: Fleet): readonly Diagnostic[] {
  const { extraPeers } = tunnel
  const known = new Set<string>([...TIERS, ...members.map((member) => member.name)])
  return (extraPeers?.value ?? [])
    .filter((peer) => !known.has(peer))
    .map((peer) => ({
      code: 'fleet-tunnel',
      message: `\`${name}\` asks for tunnels to \`${peer}\`, which is no host of its fleet`,
      origin: (extraPeers as Placed).origin,
      help: `name hosts of the same chain, or their groups: ${TIERS.join(', ')}`,
    }))
}

function twoBehindNat(fleet: Fleet): readonly Diagnostic[] {
  const hidden = tunnellers(fleet).filter(({ tunnel }) => tunnel.isBehindNat)
  return hidden.flatMap((member, i) => {
    const other = hidden.slice(0, i).find((earlier) => tunnelPeers(fleet, member).includes(earlier))
    if (!other) return []
    const message = `\`${member.name}\` and \`${other.name}\` talk to each other, and both are behind a NAT`
    const help = 'let one of them be reached: forward its port, and remove `tunnel_behind_nat`'
    const related = [{ message: `\`${other.name}\``, origin: other.tunnel.address.origin }]
    return [{ code: 'fleet-tunnel', message, origin: member.tunnel.address.origin, help, related }]
  })
}

type Claimed = (member: Tunneller) => Placed<string> | undefined
type Said = (one: { readonly name: string; readonly origin: Placed['origin'] }, first: Tunneller, value: string) => Diagnostic

function twice(members: readonly Tunneller[], claimed: Claimed, said: Said): readonly Diagnostic[] {
  const holders = new Map<string, Tunneller>()
  return members.flatMap((member) => {
    const claim = claimed(member)
    const first = claim && holders.get(claim.value)
    if (claim && !first) holders.set(claim.value, member)
    if (!claim || !first) return []
    const related = [{ message: `\`${first.name}\` has it here`, origin: claimed(first)?.origin ?? first.origin }]
    return [{ ...said({ name: member.name, origin: claim.origin }, first, claim.value), related }]
  })
}

function sameEnd(
  { name, origin }: { readonly name: string; readonly origin: Placed['origin'] },
  first: Tunneller,
  end: string,
): Diagnostic {
  const message = `the tunnels of \`${name}\` and \`${first.name}\` would end in one place, ${end}`
  return { code: 'fleet-duplicate', message, origin, help: 'give each host a `tunnel_address` of its own' }
}

function sameKey({ name, origin }: { readonly name: string; readonly origin: Placed['origin'] }, first: Tunneller): Diagnostic {
  const message = `\`${name}\` has the tunnel key of \`${first.name}\``
  const help = 'keys are made on the hosts and never copied: let the role `private_network` make a new one for one of them'
  return { code: 'fleet-duplicate', message, origin, help }
}
