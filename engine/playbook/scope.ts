import { reject } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import type { MapNode, Node, ScalarNode } from '../core/node.ts'
import { type Layer, RANKS, type Rank } from '../core/plan.ts'
import type { Secret } from '../core/secret.ts'
import { evaluate } from './evaluate.ts'
import { Pending } from './pending.ts'
import { type Place, placeInScalar } from './place.ts'
import { isTemplate, parseTemplate } from './template.ts'
import { force, Lazy, type Term } from './term.ts'

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

export interface ScopeOptions {
  /** The host whose variables these are. */
  readonly host: string
  /** Opens a `!secret` scalar; the secrets are unsealed before the run, so that this needs no waiting. */
  readonly open: (sealed: ScalarNode) => Secret
}

/** The variables of one host at one moment. Nothing is rendered before it is asked for. */
export interface Scope {
  readonly host: string
  /** What a name stands for, undefined if it is not defined. Throws `Pending` for one that is to come. */
  readonly lookup: (name: string) => Term | undefined
  /** Every defined name, the strongest layer's first. */
  readonly names: () => readonly string[]
  /** The same variables with more layers; among layers of one rank the later given wins. */
  readonly with: (layers: readonly ScopeLayer[]) => Scope
  /** A node of a document as it reads here; maps and lists entry by entry. */
  readonly read: (node: Node) => Term
  /** A text of a template file as it reads here. */
  readonly readText: (text: string, place: Place) => Term
}

/** A scope of these layers, in any order; the ranks decide. */
export function createScope(layers: readonly ScopeLayer[], options: ScopeOptions): Scope {
  return scopeOf(strongestFirst(layers), options)
}

/** The finished value of a node. */
export function render(node: Node, scope: Scope): Value {
  return force(scope.read(node))
}

/** One template whose rendering led to the next. */
interface Trail {
  readonly node: ScalarNode
  readonly host: string
  readonly label: string
  readonly before: Trail | undefined
}

interface Reading {
  readonly scope: Inner
  readonly trail: Trail | undefined
}

interface Inner extends Scope {
  readonly find: (name: string, trail: Trail | undefined) => Term | undefined
  readonly options: ScopeOptions
  readonly rendered: Map<ScalarNode, Term>
}

function scopeOf(layers: readonly ScopeLayer[], options: ScopeOptions): Scope {
  const scope: Inner = {
    host: options.host,
    options,
    rendered: new Map(),
    find: (name, trail) => findIn(layers, { name, reading: { scope, trail } }),
    lookup: (name) => scope.find(name, rendering),
    names: () => [...new Set(layers.flatMap(namesOf))],
    with: (more) => (more.length === 0 ? scope : scopeOf(more.reduce(withLayer, layers), options)),
    read: (node) => readNode(node, { label: '', reading: { scope, trail: rendering } }),
    readText: (text, place) => evaluate(parseTemplate(text, place), { text, place, lookup: scope.lookup, names: scope.names }),
  }
  return scope
}

function strongestFirst(layers: readonly ScopeLayer[]): readonly ScopeLayer[] {
  return [...layers].reverse().sort((a, b) => strength(b) - strength(a))
}

/** The layers with one more, before those of its own rank. */
function withLayer(layers: readonly ScopeLayer[], layer: ScopeLayer): readonly ScopeLayer[] {
  const place = layers.findIndex((other) => strength(other) <= strength(layer))
  return place < 0 ? [...layers, layer] : layers.toSpliced(place, 0, layer)
}

const STRENGTH = new Map(RANKS.map((rank, i) => [rank, i]))

function strength({ rank }: ScopeLayer): number {
  return STRENGTH.get(rank) ?? 0
}

interface Sought {
  readonly name: string
  readonly reading: Reading
}

function findIn(layers: readonly ScopeLayer[], sought: Sought): Term | undefined {
  for (const layer of layers) {
    const term = findInLayer(layer, sought)
    if (term !== undefined) return term
  }
  return sought.name === 'vars' ? allVars(sought.reading.scope) : undefined
}

function findInLayer(layer: ScopeLayer, { name, reading }: Sought): Term | undefined {
  if ('isComing' in layer) {
    if (layer.isComing(name)) throw new Pending(name)
    return undefined
  }
  if ('given' in layer) return Object.hasOwn(layer.given, name) ? layer.given[name] : undefined
  const node = layer.values.kind === 'map' ? indexOf(layer.values).get(name) : undefined
  return node && readNode(node, { label: name, reading })
}

function allVars(scope: Scope): Lazy {
  return new Lazy({ list: false, keys: scope.names, get: scope.lookup })
}

function namesOf(layer: ScopeLayer): readonly string[] {
  if ('isComing' in layer) return []
  if ('given' in layer) return Object.keys(layer.given)
  return layer.values.kind === 'map' ? [...indexOf(layer.values).keys()] : []
}

/** The values of a document's map by their keys. */
function indexOf(map: MapNode): ReadonlyMap<string, Node> {
  const known = indexes.get(map)
  if (known) return known
  const index = new Map(map.entries.map(({ key, value }) => [key, value]))
  indexes.set(map, index)
  return index
}

const indexes = new WeakMap<MapNode, ReadonlyMap<string, Node>>()

interface At {
  /** The path that led here, as a message about a cycle names it. */
  readonly label: string
  readonly reading: Reading
}

function readNode(node: Node, at: At): Term {
  if (node.kind === 'scalar') return readScalar(node, at)
  const inner = (key: string, value: Node): Term => readNode(value, { ...at, label: at.label === '' ? key : `${at.label}.${key}` })
  if (node.kind === 'list') {
    return new Lazy({
      list: true,
      keys: () => Object.keys(node.items),
      get: (key) => {
        const item = /^\d+$/.test(key) ? node.items[Number(key)] : undefined
        return item && inner(key, item)
      },
    })
  }
  const index = indexOf(node)
  return new Lazy({
    list: false,
    keys: () => [...index.keys()],
    get: (key) => {
      const value = index.get(key)
      return value && inner(key, value)
    },
  })
}

function readScalar(node: ScalarNode, at: At): Term {
  const { value, tag } = node
  const { scope } = at.reading
  if (tag === '!secret') return scope.options.open(node)
  if (typeof value !== 'string' || tag === '!unsafe' || !isTemplate(value)) return value
  // Before the memory is asked: a list may hold a template that stands for the list itself.
  refuseCycle(node, at)
  const known = scope.rendered.get(node)
  if (known !== undefined) return known
  const term = renderScalar(node, { ...at, value })
  scope.rendered.set(node, term)
  return term
}

/** The template being rendered right now: one host's variables may lead through another's, which knows nothing of the way here. */
let rendering: Trail | undefined

function renderScalar(node: ScalarNode, { value, label, reading }: At & { readonly value: string }): Term {
  const { scope, trail } = reading
  const place = placeInScalar(node)
  const next: Trail = { node, host: scope.host, label, before: trail }
  // Not the same as `trail`: an item of a list is rendered when it is asked for, perhaps long after the way to the list has ended.
  const before = rendering
  rendering = next
  try {
    return evaluate(parseTemplate(value, place), { text: value, place, lookup: (name) => scope.find(name, next), names: scope.names })
  } finally {
    rendering = before
  }
}

function refuseCycle(node: ScalarNode, { label, reading }: At): void {
  const labels = [label]
  for (let step = reading.trail; step; step = step.before) {
    labels.unshift(step.label)
    if (step.node !== node || step.host !== reading.scope.host) continue
    reject({
      code: 'variable-cycle',
      message: `\`${label}\` refers to itself: ${labels.map((name) => `\`${name}\``).join(' → ')}`,
      origin: node.origin,
      help: 'give one of them a value of its own, or another name',
    })
  }
}
