import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { asked } from './inside.ts'

/** A node that is asked, by the name of its lab and its host. */
export interface Node {
  readonly lab: string
  readonly host: string
}

/** How a validator took part in a block: with a signature, with one for no block, or not at all. */
export type Vote = 'signed' | 'nil' | 'absent'

/** What CometBFT calls a validator: the first 20 bytes of the SHA-256 of its public key, in capitals. */
export function addressOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 40).toUpperCase()
}

/** The height of the newest block a node knows. */
export async function heightOf(node: Node): Promise<number> {
  return Number((await statusOf(node)).sync_info.latest_block_height)
}

export async function statusOf(node: Node): Promise<Status> {
  return (await answerOf(node, '/status')) as Status
}

/** Resolves with the height once the node knows a block of at least this height. */
export async function reaches(node: Node, height: number, { withinSeconds }: { withinSeconds: number }): Promise<number> {
  const until = Date.now() + withinSeconds * 1000
  for (;;) {
    const now = await heightOf(node)
    if (now >= height) return now
    if (Date.now() > until) throw new Error(`${node.host} is at ${now}, not at ${height}, after ${withinSeconds} s`)
    await sleep(500)
  }
}

/** How the validator voted on each block between two heights, both included. The last one needs the block after it. */
export async function votes(node: Node, { of, from, to }: { of: string; from: number; to: number }): Promise<readonly Vote[]> {
  const heights = Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const commits: Commit[] = []
  for (const height of heights) commits.push((await blockAt(node, height + 1)).last_commit)
  return commits.map(({ signatures }) => {
    const flag = signatures.find(({ validator_address }) => validator_address === of)?.block_id_flag
    if (flag === 2) return 'signed'
    return flag === 3 ? 'nil' : 'absent'
  })
}

/** The first block from a height on that is of this moment or later, in seconds since 1970. */
export async function firstSince(node: Node, seconds: number, from: number): Promise<number> {
  for (let height = from; ; height++) if (Date.parse((await blockAt(node, height)).header.time) >= seconds * 1000) return height
}

/** Every evidence of a double signature in the blocks up to a height. */
export async function evidence(node: Node, upTo: number): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for (let height = 1; height <= upTo; height++) found.push(...(await blockAt(node, height)).evidence.evidence)
  return found
}

async function blockAt(node: Node, height: number): Promise<Block> {
  return ((await answerOf(node, `/block?height=${height}`)) as { readonly block: Block }).block
}

const LONGEST_SILENCE_MS = 120_000

/** What a node answers. One that is just starting, or too busy to answer in time, is asked again. */
async function answerOf(node: Node, path: string): Promise<unknown> {
  const until = Date.now() + LONGEST_SILENCE_MS
  for (;;) {
    try {
      return (JSON.parse(await asked(node.lab, node.host, { path })) as { readonly result: unknown }).result
    } catch (error) {
      if (Date.now() > until) throw error
      await sleep(1000)
    }
  }
}

interface Status {
  readonly sync_info: { readonly latest_block_height: string; readonly catching_up: boolean }
  readonly validator_info: { readonly address: string; readonly voting_power: string }
}

interface Block {
  readonly header: { readonly height: string; readonly time: string; readonly proposer_address: string }
  readonly evidence: { readonly evidence: readonly unknown[] }
  readonly last_commit: Commit
}

interface Commit {
  readonly signatures: readonly { readonly block_id_flag: number; readonly validator_address: string }[]
}
