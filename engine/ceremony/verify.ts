import { Rejected } from '../core/diagnostic.ts'
import type { Keyring } from '../secrets/keyring.ts'
import { open } from '../secrets/open.ts'
import { shardFacts, type ShardFacts } from './shards.ts'
import type { Held } from './shelf.ts'

/** What was seen of the shard of one host. */
export interface Seen {
  readonly host: string
  /** Opened and right, left closed because it is sealed to others, or wrong. */
  readonly state: 'right' | 'closed' | 'wrong'
  readonly words: string
}

/** Opens what the operator can open, and compares it with what stands beside it and with the others. */
export async function verifyShelf(held: readonly Held[], keyring: Keyring): Promise<readonly Seen[]> {
  const opened = await inTurn(held, (one) => openOne(one, keyring))
  const peers = opened.flatMap((facts) => (facts && 'peers' in facts ? [facts.peers] : []))[0]
  return held.map((one, i) => seenOf(one, { facts: opened[i], peers }))
}

/** One after the other: a passphrase is asked for once. */
async function inTurn<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (const item of items) results.push(await act(item))
  return results
}

type Opened = ShardFacts | { readonly wrong: string } | undefined

function seenOf(one: Held, { facts, peers }: { readonly facts: Opened; readonly peers: readonly string[] | undefined }): Seen {
  const host = one.member.name
  if (facts === undefined) return { host, state: 'closed', words: 'sealed to others' }
  const wrong = 'wrong' in facts ? facts.wrong : unlike(facts, { one, peers })
  return wrong === undefined
    ? { host, state: 'right', words: `shard ${one.file.generation.shard_id}, opened` }
    : { host, state: 'wrong', words: wrong }
}

async function openOne({ file }: Held, keyring: Keyring): Promise<Opened> {
  try {
    return shardFacts({ shard: await open(file.shard, keyring), ecies: await open(file.ecies, keyring) })
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    const [problem] = error.diagnostics
    if (problem?.code === 'not-a-recipient' || problem?.code === 'private-key-missing') return undefined
    if (problem?.origin === undefined) throw error
    return { wrong: problem.message }
  }
}

function unlike(
  facts: ShardFacts,
  { one, peers }: { readonly one: Held; readonly peers: readonly string[] | undefined },
): string | undefined {
  const { generation, publicKey } = one.file
  if (facts.publicKey !== publicKey) return 'what is sealed is of another key than `horcrux_public_key` says'
  if (facts.id !== generation.shard_id) return `what is sealed is the shard ${facts.id}, and not ${generation.shard_id}`
  if (facts.peers.length !== generation.shards) return `its ECIES keys know ${facts.peers.length} cosigners, and not ${generation.shards}`
  return peers && peers.join() !== facts.peers.join() ? 'its ECIES keys are of another making than those of the others' : undefined
}
