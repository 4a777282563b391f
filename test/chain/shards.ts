import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withScratch } from '../support/scratch.ts'
import { program } from './suite.ts'

/** A validator's key in parts, made by the real Horcrux: of each cosigner the texts of its two files. */
export interface Ceremony {
  readonly chainId: string
  readonly shards: readonly string[]
  readonly eciesKeys: readonly string[]
  /** The whole key, as CometBFT writes it. */
  readonly consensusKey: string
}

interface Wish {
  readonly chainId: string
  readonly count: number
  readonly threshold: number
  /** A key that exists; left out, a new one. */
  readonly consensusKey?: string
}

/** Splits a consensus key for so many cosigners. */
export async function splitKey({ chainId, count, threshold, consensusKey }: Wish): Promise<Ceremony> {
  return await withScratch(async (folder) => {
    const horcrux = (...words: readonly string[]) => run(program('horcrux').path, ['--home', folder, ...words, '--out', folder])
    const key = join(folder, 'config/priv_validator_key.json')
    await run(program('cometbft').path, ['--home', folder, 'init'])
    if (consensusKey !== undefined) await writeFile(key, consensusKey)
    await horcrux('create-ecies-shards', '--shards', String(count))
    const numbers = ['--threshold', String(threshold), '--shards', String(count)]
    await horcrux('create-ed25519-shards', '--chain-id', chainId, '--key-file', key, ...numbers)
    const ids = Array.from({ length: count }, (_, i) => i + 1)
    const texts = (name: string) => Promise.all(ids.map((id) => readFile(join(folder, `cosigner_${id}`, name), 'utf8')))
    return {
      chainId,
      shards: await texts(`${chainId}_shard.json`),
      eciesKeys: await texts('ecies_keys.json'),
      consensusKey: await readFile(key, 'utf8'),
    }
  })
}

const run = promisify(execFile)
