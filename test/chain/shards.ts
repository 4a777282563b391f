import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readConsensusKey } from '../../engine/ceremony/consensus_key.ts'
import { openHorcrux, split } from '../../engine/ceremony/horcrux.ts'
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
    const key = readConsensusKey(consensusKey ?? (await newKey(folder)))
    if ('wrong' in key) throw new Error(key.wrong)
    const { signal } = new AbortController()
    const horcrux = await openHorcrux(program('horcrux').path, signal)
    const made = await split(horcrux, { key, chainId, shards: count, threshold, folder, signal })
    return {
      chainId,
      shards: made.map(({ shard }) => shard.reveal()),
      eciesKeys: made.map(({ ecies }) => ecies.reveal()),
      consensusKey: key.text.reveal(),
    }
  })
}

async function newKey(folder: string): Promise<string> {
  await promisify(execFile)(program('cometbft').path, ['--home', folder, 'init'])
  return await readFile(join(folder, 'config/priv_validator_key.json'), 'utf8')
}
