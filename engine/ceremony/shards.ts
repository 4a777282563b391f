import { reject } from '../core/diagnostic.ts'
import { Secret } from '../core/secret.ts'
import { channelFault, readChannel } from './channel.ts'
import type { ConsensusKey } from './consensus_key.ts'
import { combined, KEY_BYTES, numberIn, type Share, scalarOf } from './ed25519.ts'

/** What one cosigner gets, as Horcrux wrote it. */
export interface Shard {
  readonly id: number
  /** The text of `CHAIN_shard.json`. */
  readonly shard: Secret
  /** The text of `ecies_keys.json`. */
  readonly ecies: Secret
}

/** What is public in a shard, and enough to compare it with others. */
export interface ShardFacts {
  readonly id: number
  /** The validator's key, in base64. */
  readonly publicKey: string
  /** The keys by which the cosigners know each other, in the order of their ids. */
  readonly peers: readonly string[]
}

/** What is public in the two texts of a cosigner, or in a few words what is wrong with them. */
export function shardFacts({ shard, ecies }: { readonly shard: Secret; readonly ecies: Secret }): ShardFacts | { readonly wrong: string } {
  const [key, channel] = [parsed(shard), parsed(ecies) && readChannel(ecies)]
  const publicKey = publicKeyIn(key?.['pubKey'])
  const id = key?.['id']
  if (publicKey === undefined || typeof id !== 'number' || shareIn(key) === undefined) return { wrong: 'its shard is none of Horcrux' }
  if (!channel) return { wrong: 'its ECIES keys are none of Horcrux' }
  if (channel.id !== id) return { wrong: `its shard is number ${id} and its ECIES keys are those of ${channel.id}` }
  const wrong = channelFault(channel)
  return wrong === undefined ? { id, publicKey, peers: channel.peers } : { wrong }
}

/**
 * Refuses shards that are not what was asked for: numbered without a gap, of this key, with the ECIES keys of one another, each pair
 * of which belongs together, and such that any of them, as many as sign, lead back to the key, while one fewer do not. Found now, and not when the key is gone.
 */
export function checkShards(
  shards: readonly Shard[],
  { key, threshold }: { readonly key: ConsensusKey; readonly threshold: number },
): void {
  const facts = shards.map((one) => shardFacts(one))
  const wrong = facts.map((each, i) => misfit(each, { i, facts, key })).find((found) => found !== undefined)
  if (wrong !== undefined) refuse(wrong)
  const shares = shards.map(({ shard }) => shareIn(parsed(shard)) as Share)
  const secret = scalarOf(key.seed)
  if (!circles(shares, threshold).every((subset) => combined(subset) === secret)) refuse(`${threshold} of them do not make the key`)
  if (circles(shares, threshold - 1).some((subset) => combined(subset) === secret)) refuse(`fewer than ${threshold} of them make the key`)
}

type Read = ReturnType<typeof shardFacts>

function misfit(each: Read, { i, facts, key }: { i: number; facts: readonly Read[]; key: ConsensusKey }): string | undefined {
  if ('wrong' in each) return `of the shard ${i + 1}: ${each.wrong}`
  if (each.id !== i + 1) return `the shard ${i + 1} says that it is number ${each.id}`
  if (each.publicKey !== key.publicKey) return `the shard ${i + 1} is of another key`
  if (each.peers.length !== facts.length) return `the ECIES keys of ${i + 1} know ${each.peers.length} cosigners instead of ${facts.length}`
  const [first] = facts
  return first && 'peers' in first && first.peers.join() === each.peers.join()
    ? undefined
    : `the ECIES keys of ${i + 1} know others than those of 1`
}

function refuse(what: string): never {
  reject({
    code: 'keys-shards',
    message: `what Horcrux made is not what was asked for: ${what}`,
    help: 'nothing was written; check which program `--horcrux` names',
  })
}

// What stands before the 32 bytes of an ed25519 public key in Horcrux' encoding: field 1, 32 bytes.
const FIELD = Buffer.from('0a20', 'hex')

function publicKeyIn(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length !== FIELD.length + KEY_BYTES || !bytes.subarray(0, FIELD.length).equals(FIELD)) return undefined
  return bytes.subarray(FIELD.length).toString('base64')
}

function shareIn(content: { readonly [key: string]: unknown } | undefined): Share | undefined {
  const [text, id] = [content?.['privateShard'], content?.['id']]
  if (typeof text !== 'string' || typeof id !== 'number') return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === KEY_BYTES ? { id, value: numberIn(bytes) } : undefined
}

function parsed(text: Secret): { readonly [key: string]: unknown } | undefined {
  try {
    const content = JSON.parse(text.reveal())
    for (const name of ['privateShard', 'eciesKey']) if (typeof content[name] === 'string') new Secret(text.name, content[name])
    return content
  } catch {
    return undefined
  }
}

/** Neighbours in a circle, as many at a time: each share is among them with others. */
function circles<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return items.map((_, i) => [...items.slice(i), ...items.slice(0, i)].slice(0, size))
}
