import { isIP } from 'node:net'
import type { Json } from '../core/json.ts'
import { hostPort } from './address.ts'
import { flowsOf } from './flows.ts'
import { TIERS } from '../inventory/tiers.ts'
import type { Fleet, Member, Placed, Tier, TunnelEnd } from './model.ts'

/** A member that has an end of tunnels, and an address inside them. */
export interface Tunneller extends Member {
  readonly tunnel: TunnelEnd
  readonly privateAddress: Placed<string>
}

/** The members of a fleet that are in its private network of tunnels; none, if no host says where its tunnels end. */
export function tunnellers({ members }: Pick<Fleet, 'members'>): readonly Tunneller[] {
  return members.filter(isTunneller)
}

/** Those a member has a tunnel to: whom the flows let it talk to, and nobody else. */
export function tunnelPeers(fleet: Fleet, member: Tunneller): readonly Tunneller[] {
  const talking = talkingTiers(fleet)
  return tunnellers(fleet).filter(
    (other) => other !== member && (talks(talking, member, other) || asks(member, other) || asks(other, member)),
  )
}

/** What a host is told of its tunnels: its own end, and each peer with the one address that may come from there. */
export function tunnelSettings(fleet: Fleet, member: Tunneller): { readonly [key: string]: Json } {
  const { tunnel, privateAddress } = member
  return {
    address: wholeHost(privateAddress.value),
    listen_port: tunnel.port,
    public_key: tunnel.publicKey?.value ?? '',
    behind_nat: tunnel.isBehindNat,
    peers: tunnelPeers(fleet, member).map((peer) => ({
      name: peer.name,
      public_key: peer.tunnel.publicKey?.value ?? '',
      allowed_ips: [wholeHost(peer.privateAddress.value)],
      ...(!peer.tunnel.isBehindNat && { endpoint: hostPort(peer.tunnel.address.value, peer.tunnel.port) }),
      ...(tunnel.isBehindNat && { keepalive: KEEPALIVE_SECONDS }),
    })),
    /** Where packets of tunnels come from, for the firewall. */
    ends: [...new Set(tunnelPeers(fleet, member).map((peer) => peer.tunnel.address.value))],
    /** Every address inside, so that packets with one of them can be refused outside. */
    addresses: tunnellers(fleet).map((each) => each.privateAddress.value),
  }
}

/** Every two kinds of host between which something flows. */
export function talkingTiers(fleet: Fleet): ReadonlySet<string> {
  const pairs = new Set<string>()
  const add = (from: string, to: string) => pairs.add(`${from} ${to}`).add(`${to} ${from}`)
  for (const { from, to } of flowsOf(fleet)) add(from, to)
  for (const [from, to] of HOST_FLOWS) add(from, to)
  return pairs
}

/** Whether a member is in the private network of tunnels. */
export function isTunneller(member: Member): member is Tunneller {
  return member.tunnel !== undefined && member.privateAddress !== undefined
}

/** Shorter than what a NAT forgets a silent flow after. */
const KEEPALIVE_SECONDS = 25

/** What hosts say to each other besides what their programs do: ssh, metrics, logs, and the time of those that sign. */
const HOST_FLOWS: readonly (readonly [Tier, Tier])[] = [
  ...TIERS.filter((tier) => tier !== 'bastion').map((tier) => ['bastion', tier] as const),
  ...TIERS.filter((tier) => tier !== 'monitoring').map((tier) => ['monitoring', tier] as const),
  ['cosigner', 'sentry'],
  ['signer', 'sentry'],
]

function talks(talking: ReadonlySet<string>, one: Member, other: Member): boolean {
  return one.tier !== undefined && other.tier !== undefined && talking.has(`${one.tier} ${other.tier}`)
}

function asks({ tunnel }: Tunneller, { name, tier }: Member): boolean {
  const asked = tunnel.extraPeers?.value ?? []
  return asked.includes(name) || (tier !== undefined && asked.includes(tier))
}

function wholeHost(address: string): string {
  return `${address}/${isIP(address) === 6 ? 128 : 32}`
}
