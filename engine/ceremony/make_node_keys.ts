import { join } from 'node:path'
import type { Diagnostic } from '../core/diagnostic.ts'
import { newNodeKey, nodeId } from '../core/node_key.ts'
import { Secret } from '../core/secret.ts'
import { type Fleet, type FleetHost, ofTier } from '../fleet/model.ts'
import type { Recipient } from '../secrets/recipient.ts'
import { inlineValue, seal } from '../secrets/seal.ts'
import { fileInTheWay, otherContent } from './room.ts'
import type { Writing } from './write_together.ts'

interface Making {
  readonly hosts: readonly FleetHost[]
  /** The folder of the inventory. */
  readonly folder: string
  readonly recipients: () => Promise<readonly Recipient[]>
}

interface Made {
  readonly keys: readonly { readonly host: string; readonly id: string; readonly file: string }[]
  readonly writings: readonly Writing[]
}

/** A sealed key for every node of a fleet that has neither a key nor an id; nothing is written yet. */
export async function makeNodeKeys(
  fleet: Fleet,
  { hosts, folder, recipients }: Making,
): Promise<Made | { readonly problems: readonly Diagnostic[] }> {
  const nodes = [...ofTier(fleet, 'public'), ...ofTier(fleet, 'sentry')]
  const lacking = nodes.filter(({ name }) => {
    const host = hosts.find((each) => each.name === name)
    return host && !host.originOf('node_key') && !host.originOf('node_id')
  })
  const problems = lacking.flatMap(({ name }) => fileInTheWay(folder, name) ?? otherContent(join(folder, nodeFile(name)), name) ?? [])
  if (problems.length > 0) return { problems }
  const made = await Promise.all(lacking.map(({ name }) => makeOne(name, recipients)))
  return { keys: made, writings: made.map(({ file, text }) => ({ file, text })) }
}

async function makeOne(host: string, recipients: Making['recipients']) {
  const key = newNodeKey()
  const sealed = await seal(new Secret('node_key', key), await recipients())
  const id = nodeId(key) ?? ''
  return {
    host,
    id,
    file: nodeFile(host),
    text: `# Written by \`holdfast keys node\`: the key by which peers know this node, and its id for who cannot open it.\nnode_id: ${JSON.stringify(id)}\n${inlineValue(sealed, 'node_key')}`,
  }
}

function nodeFile(host: string): string {
  return join('host_vars', host, 'node.yml')
}
