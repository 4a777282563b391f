import type { Diagnostic } from '../core/diagnostic.ts'
import { canonical, hostPort } from './address.ts'
import { type Fleet, type Member, ofTier, type Placed, signersOf } from './model.ts'

/** Hosts that claim the same address or the same node key, in one fleet or in two. */
export function duplicates(fleets: readonly Fleet[]): readonly Diagnostic[] {
  const members = fleets.flatMap((fleet) => fleet.members)
  const listening = new Set(sentryClashes(fleets).map(([, second]) => second.member))
  return [
    ...clashes(members.flatMap(addressesOf)).flatMap(([first, second]) =>
      listening.has(second.member) ? [] : [sameAddress(first, second)],
    ),
    ...clashes(members.flatMap(idOf)).map(([first, second]) => sameKey(first, second)),
  ]
}

/** Sentries of different fleets that would listen for their signers in one place. */
export function sharedListeners(fleets: readonly Fleet[]): readonly Diagnostic[] {
  return sentryClashes(fleets).map(([first, second]) => {
    const port = fleets.find(({ members }) => members.includes(second.member))?.profile.ports.privval ?? 0
    return {
      code: 'fleet-two',
      message: `the signers of \`${first.member.chain.value}\` and \`${second.member.chain.value}\` would sign on one listener, ${hostPort(second.shown, port)}`,
      origin: second.origin,
      help: 'give the sentries of each chain hosts of their own',
      related: [{ message: `the sentry \`${first.member.name}\``, origin: first.origin }],
    }
  })
}

/** Something a member claims for itself alone. */
interface Claim {
  readonly member: Member
  readonly key: string
  readonly shown: string
  readonly origin: Placed['origin']
}

function addressesOf(member: Member): readonly Claim[] {
  const claimed = [member.privateAddress, ...(member.tier === 'public' ? [member.publicAddress] : [])]
  return claimed.flatMap((placed) => (placed ? [claim(member, placed)] : []))
}

function idOf(member: Member): readonly Claim[] {
  return member.nodeId ? [claim(member, member.nodeId)] : []
}

function claim(member: Member, { value, origin }: Placed<string>): Claim {
  return { member, key: canonical(value), shown: value, origin }
}

function sentryClashes(fleets: readonly Fleet[]): readonly (readonly [Claim, Claim])[] {
  const sentries = fleets.filter((fleet) => signersOf(fleet).length > 0).flatMap((fleet) => ofTier(fleet, 'sentry'))
  return clashes(sentries.flatMap(addressesOf)).filter(([first, second]) => first.member.chain.value !== second.member.chain.value)
}

/** Each claim that another member made before, with the first of them. */
function clashes(claims: readonly Claim[]): readonly (readonly [Claim, Claim])[] {
  const first = new Map<string, Claim>()
  return claims.flatMap((claimed) => {
    const earlier = first.get(claimed.key)
    if (!earlier) first.set(claimed.key, claimed)
    return earlier && earlier.member !== claimed.member ? [[earlier, claimed] as const] : []
  })
}

function sameAddress(first: Claim, { member, shown, origin }: Claim): Diagnostic {
  return {
    code: 'fleet-duplicate',
    message: `\`${member.name}\` has the address ${shown} of \`${first.member.name}\``,
    origin,
    help: 'give each host an address of its own',
    related: [{ message: `\`${first.member.name}\` has it here`, origin: first.origin }],
  }
}

function sameKey(first: Claim, { member, shown, origin }: Claim): Diagnostic {
  return {
    code: 'fleet-duplicate',
    message: `\`${member.name}\` has the node key of \`${first.member.name}\``,
    origin,
    detail: `both have the id ${shown}; peers would take them for one node`,
    help: 'make a key of its own for each node: `cometbft gen-node-key`',
    related: [{ message: `\`${first.member.name}\` has it here`, origin: first.origin }],
  }
}
