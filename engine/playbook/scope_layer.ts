import type { MapNode, Node } from '../core/node.ts'
import { type Layer, RANKS, type Rank } from '../core/plan.ts'
import { Pending } from './pending.ts'
import type { Term } from './term.ts'

/**
 * Variables that are values already: facts, registered results, `set_fact`, loop items, magic names. They came from a host
 * or were rendered before, so they are never rendered (again), whatever they look like.
 */
export interface Values {
  readonly rank: Rank
  readonly given: { readonly [name: string]: Term }
}

/** Names that will have a value later in the run. */
export interface Coming {
  readonly rank: Rank
  readonly isComing: (name: string) => boolean
}

export type ScopeLayer = Layer | Values | Coming

/** The layers with the strongest first; among those of one rank, the last given. */
export function strongestFirst(layers: readonly ScopeLayer[]): readonly ScopeLayer[] {
  return [...layers].reverse().sort((a, b) => strength(b) - strength(a))
}

/** Such layers with one more, before those of its own rank. */
export function withLayer(layers: readonly ScopeLayer[], layer: ScopeLayer): readonly ScopeLayer[] {
  const place = layers.findIndex((other) => strength(other) <= strength(layer))
  return place < 0 ? [...layers, layer] : layers.toSpliced(place, 0, layer)
}

const STRENGTH = new Map(RANKS.map((rank, i) => [rank, i]))

function strength({ rank }: ScopeLayer): number {
  return STRENGTH.get(rank) ?? 0
}

/** What a name stands for in a layer: a node that is to be read yet, or a value. */
export type Found = { readonly node: Node } | { readonly term: Term | undefined }

/** What the layer has under the name. Throws `Pending` for one that is to come. */
export function foundIn(layer: ScopeLayer, name: string): Found | undefined {
  if ('isComing' in layer) {
    if (layer.isComing(name)) throw new Pending(name)
    return undefined
  }
  if ('given' in layer) return Object.hasOwn(layer.given, name) ? { term: layer.given[name] } : undefined
  const node = layer.values.kind === 'map' ? indexOf(layer.values).get(name) : undefined
  return node && { node }
}

/** Every name that the layer gives a value. */
export function namesOf(layer: ScopeLayer): readonly string[] {
  if ('isComing' in layer) return []
  if ('given' in layer) return Object.keys(layer.given)
  return layer.values.kind === 'map' ? [...indexOf(layer.values).keys()] : []
}

/** The values of a document's map by their keys. */
export function indexOf(map: MapNode): ReadonlyMap<string, Node> {
  const known = indexes.get(map)
  if (known) return known
  const index = new Map(map.entries.map(({ key, value }) => [key, value]))
  indexes.set(map, index)
  return index
}

const indexes = new WeakMap<MapNode, ReadonlyMap<string, Node>>()
