import { randomBytes } from 'node:crypto'
import { Secret } from '../core/secret.ts'
import type { Recipient } from '../secrets/recipient.ts'
import { requireUsable, seal } from '../secrets/seal.ts'
import type { ConsensusKey } from './consensus_key.ts'
import type { Custody } from './custodian.ts'
import { type Horcrux, split } from './horcrux.ts'
import { checkShards } from './shards.ts'
import { type SignState, signerText } from './signer_file.ts'

export interface Ceremony {
  readonly horcrux: Horcrux
  /** In the order of their shards. */
  readonly custodies: readonly Custody[]
  readonly threshold: number
  readonly chainId: string
  readonly key: ConsensusKey
  readonly state?: SignState
  /** Those who can open the whole key; nobody, if none. */
  readonly keepers: readonly Recipient[]
  /** A folder in memory, the caller's to wipe. */
  readonly folder: string
  readonly signal: AbortSignal
}

/** What a ceremony comes to: texts in which nothing is in the clear but what is public. */
export interface Held {
  readonly generation: string
  readonly publicKey: string
  /** For each host, the text of its `signer.yml`. */
  readonly files: readonly { readonly host: string; readonly text: string }[]
  /** The whole key, sealed to its keepers. */
  readonly kept?: string
}

/** Splits a key, checks the shards against it, and seals each to its custodians. Nothing is written but in the folder in memory. */
export async function holdCeremony(ceremony: Ceremony): Promise<Held> {
  const { custodies, key, keepers, chainId, threshold, state } = ceremony
  for (const recipients of [...custodies.map(({ recipients }) => recipients), ...(keepers.length > 0 ? [keepers] : [])])
    await requireUsable(recipients)
  const shards = await split(ceremony.horcrux, { ...ceremony, shards: custodies.length })
  checkShards(shards, { key, threshold })
  const id = `${new Date().toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`
  const files: { readonly host: string; readonly text: string }[] = []
  for (const [i, { member, recipients }] of custodies.entries()) {
    const { shard, ecies } = shards[i] ?? fail(member.name)
    const generation = { id, chain_id: chainId, shard_id: i + 1, shards: custodies.length, threshold }
    const sealed = { shard: await seal(shard, recipients), ecies: await seal(ecies, recipients) }
    files.push({ host: member.name, text: signerText({ publicKey: key.publicKey, generation, ...sealed, ...(state && { state }) }) })
  }
  const kept = keepers.length > 0 ? await seal(new Secret('consensus key', key.text.reveal()), keepers) : undefined
  return { generation: id, publicKey: key.publicKey, files, ...(kept !== undefined && { kept }) }
}

function fail(host: string): never {
  throw new Error(`there is no shard for ${host}`)
}
