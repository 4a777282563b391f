import type { Diagnostic } from '../core/diagnostic.ts'
import { type Fleet, type Member, ofTier } from './model.ts'

/** Nodes that their peers could not be told of. */
export function nodeProblems(fleet: Fleet): readonly Diagnostic[] {
  const nodes = [...ofTier(fleet, 'public'), ...ofTier(fleet, 'sentry')]
  if (nodes.length < 2) return []
  return nodes.flatMap((node) => [...nameless(node), ...unreachable(node)])
}

/** A sentry that has nobody outside to talk through: a network of its own may look like this, a fleet of a public chain hardly. */
export function nodeWarnings(fleet: Fleet): readonly Diagnostic[] {
  const [first] = ofTier(fleet, 'sentry')
  if (!first || ofTier(fleet, 'public').length > 0) return []
  const message = `the sentries of \`${fleet.name}\` have no public node to talk through`
  const help = 'put at least one host of this chain into the group `public`; sentries find no peers by themselves'
  return [{ code: 'fleet-no-public', message, origin: first.origin, help }]
}

function nameless({ name, origin, nodeId, tier, unread }: Member): readonly Diagnostic[] {
  if (nodeId || unread?.includes('node_id')) return []
  const message = `the ${tier} \`${name}\` has no node id, which its peers need`
  return [{ code: 'fleet-node-id', message, origin, help: HELP }]
}

const HELP = 'give it `node_id`, or make keys for all that have none: `holdfast keys node`'

function unreachable({ name, origin, tier, privateAddress, publicAddress, unread }: Member): readonly Diagnostic[] {
  // What a sentry lacks is said where its exposure is judged.
  if (tier === 'sentry' || privateAddress || publicAddress) return []
  if (['private_address', 'public_address'].some((variable) => unread?.includes(variable))) return []
  const help = 'give it `private_address`, `public_address`, or both'
  return [{ code: 'fleet-address', message: `the public node \`${name}\` has no address`, origin, help }]
}
