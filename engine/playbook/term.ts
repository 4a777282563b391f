import type { Value } from '../core/json.ts'
import { Secret } from '../core/secret.ts'

/** What a name stands for: a finished value, or a map or list whose entries are rendered only when someone asks for them. */
export type Term = Value | Lazy

interface Reader {
  readonly list: boolean
  /** A map that will have further keys: `keys`, and `get` of one it has not, throw `Pending`. */
  readonly partial?: true
  readonly keys: () => readonly string[]
  readonly get: (key: string) => Term | undefined
}

/** A map or list that is read entry by entry, so that an entry nobody uses is never rendered and cannot fail. */
export class Lazy {
  readonly list: boolean
  readonly partial: boolean
  readonly #reader: Reader

  constructor(reader: Reader) {
    this.list = reader.list
    this.partial = reader.partial ?? false
    this.#reader = reader
  }

  keys(): readonly string[] {
    return this.#reader.keys()
  }

  get(key: string): Term | undefined {
    return this.#reader.get(key)
  }
}

/** What `omit` stands for: the param that holds it is left out. Known by identity. */
export const OMIT: Value = Object.freeze({ omit: true })

/** The entry of a map or list, or undefined if there is none. Only own entries count, so no prototype is ever reached. */
export function member(term: Term, key: string): Term | undefined {
  if (term instanceof Lazy) return term.get(key)
  if (term instanceof Secret || typeof term !== 'object' || term === null) return undefined
  if (Array.isArray(term)) return INDEX.test(key) ? (term as readonly Value[])[Number(key)] : undefined
  return Object.hasOwn(term, key) ? (term as { readonly [key: string]: Value })[key] : undefined
}

/** The keys of a map, the indexes of a list, nothing for anything else. */
export function keysOf(term: Term): readonly string[] {
  if (term instanceof Lazy) return term.keys()
  if (term instanceof Secret || typeof term !== 'object' || term === null) return []
  return Object.keys(term)
}

/** Whether the term is a list, finished or not. */
export function isList(term: Term): boolean {
  return term instanceof Lazy ? term.list : Array.isArray(term)
}

/** Whether the term is a map, finished or not. */
export function isMap(term: Term): boolean {
  return !isList(term) && typeof term === 'object' && term !== null && !(term instanceof Secret)
}

/** The finished value, everything in it rendered. */
export function force(term: Term): Value {
  if (!(term instanceof Lazy)) return term
  const entries = term.keys().map((key) => [key, force(term.get(key) ?? null)] as const)
  return term.list ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

/** The kind of a value as messages name it. */
export function kindOf(term: Term): string {
  if (term === null) return 'nothing'
  if (isList(term)) return 'a list'
  if (isMap(term)) return 'a map'
  if (typeof term === 'boolean') return 'a boolean'
  return typeof term === 'number' ? 'a number' : 'text'
}

const INDEX = /^\d+$/
