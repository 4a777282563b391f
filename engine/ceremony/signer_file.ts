import { join } from 'node:path'
import { at, type Node, plain } from '../core/node.ts'
import { lookAt, readDocument, sourceText } from '../source/read.ts'
import type { Generation } from '../fleet/model.ts'
import { isGeneration } from '../fleet/member.ts'
import type { Sealed } from '../secrets/open.ts'
import { inlineValue } from '../secrets/seal.ts'

/** How far a validator had signed. */
export interface SignState {
  readonly height: string
  readonly round: number
  readonly step: number
}

/** What `host_vars/NAME/signer.yml` holds. */
export interface SignerFile<Text = string> {
  readonly publicKey: string
  readonly generation: Generation
  /** Armored messages. */
  readonly shard: Text
  readonly ecies: Text
  readonly state?: SignState
}

/** The same as it was read. */
export interface ReadSignerFile extends SignerFile<Sealed> {
  /** The text of the whole file. */
  readonly source: string
}

/** The names of what is sealed in it. */
export const [SHARD, ECIES] = ['horcrux_shard', 'horcrux_ecies_keys'] as const

/** Where the keys of a cosigner are, in the folder of an inventory. */
export function signerFile(folder: string, host: string): string {
  return join(folder, 'host_vars', host, 'signer.yml')
}

/** The text of the file. */
export function signerText({ publicKey, generation, shard, ecies, state }: SignerFile): string {
  const { id, chain_id, shard_id, shards, threshold } = generation
  return [
    '# Written by `holdfast keys`: one of the shards that were made together, sealed to its custodians. Never copy it to another host.',
    `horcrux_public_key: ${JSON.stringify(publicKey)}`,
    'horcrux_generation:',
    `  id: ${JSON.stringify(id)}`,
    `  chain_id: ${JSON.stringify(chain_id)}`,
    `  shard_id: ${shard_id}`,
    `  shards: ${shards}`,
    `  threshold: ${threshold}`,
    ...(state
      ? ['# How far the signer before had signed; no cosigner begins below.', `horcrux_ceremony_state: ${JSON.stringify(state)}`]
      : []),
    inlineValue(shard, SHARD).trimEnd(),
    inlineValue(ecies, ECIES),
  ].join('\n')
}

/** What the file holds, nothing opened; undefined where there is none, or none that has all of it. */
export function readSignerFile(path: string): ReadSignerFile | undefined {
  if (!lookAt(path)?.isFile()) return undefined
  const document = readDocument(path)
  const [publicKey, generation, state] = ['horcrux_public_key', 'horcrux_generation', 'horcrux_ceremony_state'].map((name) => {
    const node = at(document, name)
    return node && plain(node)
  })
  const [shard, ecies] = [sealedAt(document, SHARD), sealedAt(document, ECIES)]
  if (typeof publicKey !== 'string' || !isGeneration(generation) || !shard || !ecies) return undefined
  return { publicKey, generation, shard, ecies, ...(isState(state) && { state }), source: sourceText(path) ?? '' }
}

function sealedAt(document: Node, name: string): Sealed | undefined {
  const node = at(document, name)
  return node?.kind === 'scalar' && node.tag === '!secret' ? { armored: String(node.value), name, origin: node.origin } : undefined
}

function isState(value: unknown): value is SignState {
  return typeof value === 'object' && value !== null && 'height' in value
}
