import type { Origin } from './origin.ts'
import type { Json } from './json.ts'

/**
 * A value of a document together with where it stood: what `source/` makes of YAML, TOML and INI, and what every
 * later stage points at when it reports a problem.
 */
export type Node = ScalarNode | ListNode | MapNode

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: null | boolean | number | string
  /** As written in the document, for rules such as "a mode needs its leading zero". */
  readonly raw: string
  /** Written in quotes or as a block, so certainly meant as text. */
  readonly quoted: boolean
  /** An explicit tag: `!secret`. */
  readonly tag?: string
  readonly origin: Origin
}

export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly Node[]
  readonly origin: Origin
}

export interface MapNode {
  readonly kind: 'map'
  readonly entries: readonly Entry[]
  readonly origin: Origin
}

export interface Entry {
  readonly key: string
  readonly keyOrigin: Origin
  readonly value: Node
}

/** The plain value, positions dropped. */
export function plain(node: Node): Json {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plain)
  // fromEntries defines own properties, so a key named __proto__ stays a key.
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]))
}

/** The value under a key of a map. */
export function at(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'map' ? node.entries.find((entry) => entry.key === key)?.value : undefined
}

/** The whole entry under a key, for pointing at the key itself. */
export function entryAt(node: Node | undefined, key: string): Entry | undefined {
  return node?.kind === 'map' ? node.entries.find((entry) => entry.key === key) : undefined
}
