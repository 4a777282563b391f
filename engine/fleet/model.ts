import type { Value } from '../core/json.ts'
import type { Origin } from '../core/origin.ts'
import type { TIERS } from '../inventory/tiers.ts'
import type { ChainProfile } from './profile.ts'

/** The kinds of host; each is a group of the inventory. */
export type Tier = (typeof TIERS)[number]

/** A value of the inventory and where it stands. */
export interface Placed<T = Value> {
  readonly value: T
  readonly origin: Origin
}

/** A host as the inventory describes it; `read` gives the value that wins, rendered. */
export interface FleetHost {
  readonly name: string
  readonly origin: Origin
  readonly groups: readonly string[]
  readonly read: (variable: string) => Placed | undefined
  /** Where the value that wins stands, without reading it. */
  readonly originOf: (variable: string) => Origin | undefined
  /** Chains that groups beside each other give it, when no stronger place decides: more than one is a contradiction. */
  readonly rivalChains?: readonly Placed<string>[]
}

/** What a host says of its end of the tunnels. */
export interface TunnelEnd {
  /** Where it is reached from outside, or, behind a NAT, where its packets seem to come from. */
  readonly address: Placed<string>
  readonly port: number
  /** Nobody can dial it, so it keeps its tunnels open itself. */
  readonly isBehindNat: boolean
  /** The public half of its key, once that is known. */
  readonly publicKey?: Placed<string>
  /** Hosts and tiers it talks to besides those that the flows name. */
  readonly extraPeers?: Placed<readonly string[]>
}

/** A host of a fleet, its values checked. */
export interface Member {
  readonly name: string
  readonly origin: Origin
  readonly tier: Tier | undefined
  readonly chain: Placed<string>
  /** Variables whose value was refused, so that nobody says that they are missing, too. */
  readonly unread?: readonly string[]
  readonly region?: string
  readonly privateAddress?: Placed<string>
  readonly publicAddress?: Placed<string>
  readonly tunnel?: TunnelEnd
  readonly nodeId?: Placed<string>
  readonly pex?: Placed<boolean>
  readonly externalAddress?: Placed<string>
  readonly shardId?: Placed<number>
  readonly threshold?: Placed<number>
  /** When its shard was made and for what, as the key ceremony wrote it beside the shard. */
  readonly generation?: Placed<Generation>
}

/** One making of the shards of a fleet. */
export interface Generation {
  readonly id: string
  readonly chain_id: string
  readonly shard_id: number
  readonly shards: number
  readonly threshold: number
}

/** All hosts that serve one chain, in inventory order. */
export interface Fleet {
  readonly name: string
  readonly profile: ChainProfile
  readonly members: readonly Member[]
}

/** The hosts of one kind, in inventory order. */
export function ofTier({ members }: Pick<Fleet, 'members'>, tier: Tier): readonly Member[] {
  return members.filter((member) => member.tier === tier)
}

/** Those that dial the sentries of the fleet to sign: its cosigners, or the one host that holds the whole key. */
export function signersOf(fleet: Pick<Fleet, 'members'>): readonly Member[] {
  return [...cosignersOf(fleet), ...ofTier(fleet, 'signer')]
}

/** The cosigners by their shard, which is the order that Horcrux knows. */
export function cosignersOf(fleet: Pick<Fleet, 'members'>): readonly Member[] {
  return [...ofTier(fleet, 'cosigner')].sort((a, b) => (a.shardId?.value ?? 0) - (b.shardId?.value ?? 0))
}
