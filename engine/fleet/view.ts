import type { Json } from '../core/json.ts'
import { firewallFlows } from './flows.ts'
import { TIERS } from '../inventory/tiers.ts'
import { type Fleet, type Member, ofTier } from './model.ts'
import { isNode } from './member.ts'
import { nodeSettings } from './peers.ts'
import { signerSettings, wholeKeySettings } from './signer.ts'
import { isTunneller, tunnelSettings } from './tunnels.ts'

/** What the variable `fleet` holds for a host. */
export function fleetView(fleet: Fleet, member: Member): { readonly [key: string]: Json } {
  const { profile } = fleet
  // Where an editor finds the schema says nothing of the chain.
  const { $schema: _, ...chain } = profile.data
  return {
    name: fleet.name,
    chain,
    ports: { ...profile.ports },
    hosts: Object.fromEntries(TIERS.map((tier) => [tier, ofTier(fleet, tier).map(({ name }) => name)])),
    flows: firewallFlows(fleet).map((flow) => ({ ...flow })),
    tier: member.tier ?? '',
    region: member.region ?? '',
    address: (member.privateAddress ?? member.publicAddress)?.value ?? '',
    ...(isNode(member.tier) && { node: { ...nodeSettings(fleet, member) } }),
    ...(member.tier === 'cosigner' && { signer: plainSigner(fleet, member) }),
    ...(member.tier === 'signer' && { signer: { chainNodes: wholeKeySettings(fleet, member).chainNodes.map((node) => ({ ...node })) } }),
    ...(isTunneller(member) && { tunnels: tunnelSettings(fleet, member) }),
  }
}

function plainSigner(fleet: Fleet, member: Member): Json {
  const { cosigners, chainNodes, ...rest } = signerSettings(fleet, member)
  return { ...rest, cosigners: cosigners.map((cosigner) => ({ ...cosigner })), chainNodes: chainNodes.map((node) => ({ ...node })) }
}
