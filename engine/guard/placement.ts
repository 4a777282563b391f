import { createHash } from 'node:crypto'
import type { SigningKey } from '../core/signing_key.ts'

/** A key of a validator on a chain, or a shard of one. */
export interface ChainKey extends SigningKey {
  readonly chain: string
  /** Which splitting of the key a shard is from, where that is known: shards of two do not sign together. */
  readonly generation?: string
}

/** A host, and the machine it was at that time: one that is built anew under an old name is another place. */
export interface Place {
  readonly host: string
  readonly machine: string
}

/** What a validator has signed last. */
export interface Mark {
  readonly height: number
  readonly round: number
  readonly step: number
}

/** What is on record of a key in a place. The cosigners of a fleet all keep these records, so that any of them can tell. */
export interface Placement extends ChainKey, Place {
  /**
   * It may sign there; it must not be brought there any more, and whether it lies there has to be looked at; it is gone, which was seen
   * after that; an operator vouched that the place cannot sign any more.
   */
  readonly state: 'held' | 'leaving' | 'released' | 'written off'
  /** Counts up with every record of a key: the latest of a place is the one that counts. */
  readonly turn: number
  readonly since: string
  /** Names the taking of the key that this record came from; no two are the same. */
  readonly claim: string
  /** How far it had signed when it was taken away. */
  readonly mark?: Mark
}

/** Whether two keys could sign for the same validator: the same shard, or a whole key beside anything of it. */
export function isRival(a: SigningKey & { readonly chain?: string }, b: SigningKey & { readonly chain?: string }): boolean {
  if (a.publicKey !== b.publicKey) return false
  if (a.chain !== undefined && b.chain !== undefined && a.chain !== b.chain) return false
  return a.shard === undefined || b.shard === undefined || a.shard === b.shard
}

export function isSamePlace(a: Place, b: Place): boolean {
  return a.host === b.host && a.machine === b.machine
}

/** The record that counts of each key in each place, of the many copies that hosts keep. */
export function latest(copies: readonly Placement[]): readonly Placement[] {
  const found = new Map<string, Placement>()
  for (const copy of copies) {
    const known = found.get(placementId(copy))
    if (!known || copy.turn > known.turn || (copy.turn === known.turn && isOpen(copy))) found.set(placementId(copy), copy)
  }
  return [...found.values()]
}

/** Names a key in a place; equal for all records of it. */
export function placementId({ chain, publicKey, shard = 0, host, machine }: ChainKey & Place): string {
  return JSON.stringify([chain, publicKey, shard, host, machine])
}

/** Whether a key may lie in the place. */
export function isOpen({ state }: Placement): boolean {
  return state === 'held' || state === 'leaving'
}

/** The name of the file that holds the record of a key in a place. */
export function recordName(placement: Placement): string {
  return createHash('sha256').update(placementId(placement)).digest('hex').slice(0, 32)
}

/** Below zero if the first was signed before the second. */
export function compareMarks(a: Mark, b: Mark): number {
  return a.height - b.height || a.round - b.round || a.step - b.step
}

/** The key as a person reads it. */
export function keyName({ chain, shard }: Pick<ChainKey, 'chain' | 'shard'>): string {
  return shard === undefined ? `the key of \`${chain}\`` : `shard ${shard} of \`${chain}\``
}
