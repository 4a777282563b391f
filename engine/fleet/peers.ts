import type { Json } from '../core/json.ts'
import { addressBetween, hostPort, isInternet } from './address.ts'
import { type Fleet, type Member, ofTier, signersOf } from './model.ts'

/** What a node is told about its peers and itself, in the words of `config.toml`. */
export interface NodeSettings {
  readonly id: string
  readonly pex: boolean
  readonly addr_book_strict: boolean
  readonly external_address: string
  readonly persistent_peers: readonly string[]
  readonly private_peer_ids: readonly string[]
  readonly unconditional_peer_ids: readonly string[]
  readonly seeds: readonly string[]
  readonly priv_validator_laddr: string
}

/**
 * The settings of a public node or a sentry. Public nodes talk to the world and to their own; sentries to their own alone, and no
 * public node tells anyone of them.
 */
export function nodeSettings(fleet: Fleet, node: Member): NodeSettings {
  const sentries = ofTier(fleet, 'sentry')
  const own = [...ofTier(fleet, 'public'), ...sentries].filter((member) => member !== node)
  const isPublic = node.tier === 'public'
  const peers = own.map((peer) => ({ peer, address: addressBetween(node, peer) }))
  const foreign = isPublic ? chainPeers(fleet, 'persistent_peers') : []
  return {
    id: node.nodeId?.value ?? '',
    pex: isPublic && (node.pex?.value ?? true),
    // A strict book takes no private addresses from strangers, who could have the node knock at any of them. Its own peers it dials all the same.
    addr_book_strict: isPublic && node.publicAddress !== undefined && isInternet(node.publicAddress.value),
    external_address: isPublic ? externalAddress(fleet, node) : '',
    persistent_peers: [...peers.flatMap(({ peer, address }) => written(fleet, peer, address)), ...foreign],
    private_peer_ids: idsOf(isPublic ? sentries : own),
    unconditional_peer_ids: idsOf(own),
    seeds: isPublic ? chainPeers(fleet, 'seeds') : [],
    priv_validator_laddr: signerListener(fleet, node),
  }
}

function written({ profile }: Fleet, { nodeId }: Member, address: string | undefined): readonly string[] {
  return nodeId === undefined || address === undefined ? [] : [`${nodeId.value}@${hostPort(address, profile.ports.p2p)}`]
}

function idsOf(members: readonly Member[]): readonly string[] {
  return members.flatMap(({ nodeId }) => (nodeId ? [nodeId.value] : []))
}

function externalAddress({ profile }: Fleet, { externalAddress: given, publicAddress }: Member): string {
  if (given) return given.value
  return publicAddress ? hostPort(publicAddress.value, profile.ports.p2p) : ''
}

/** Peers outside the fleet that the profile of the chain knows. */
function chainPeers({ profile }: Fleet, kind: 'seeds' | 'persistent_peers'): readonly string[] {
  const peers = profile.data['peers'] as { readonly [kind: string]: readonly Json[] } | undefined
  return (peers?.[kind] ?? []).map((peer) => {
    const { id, address } = peer as { readonly id: string; readonly address: string }
    return `${id}@${address}`
  })
}

function signerListener(fleet: Fleet, { tier, privateAddress }: Member): string {
  if (tier !== 'sentry' || !privateAddress || signersOf(fleet).length === 0) return ''
  return `tcp://${hostPort(privateAddress.value, fleet.profile.ports.privval)}`
}
