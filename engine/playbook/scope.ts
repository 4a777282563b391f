import { reject } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import type { Node, ScalarNode } from '../core/node.ts'
import type { Secret } from '../core/secret.ts'
import { evaluate } from './evaluate.ts'
import { type Place, placeInScalar } from './place.ts'
import { foundIn, indexOf, namesOf, type ScopeLayer, strongestFirst, withLayer } from './scope_layer.ts'
import { isTemplate, parseTemplate } from './template.ts'
import { force, Lazy, type Term } from './term.ts'

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

interface Sought {
  readonly name: string
  readonly reading: Reading
}

function findIn(layers: readonly ScopeLayer[], { name, reading }: Sought): Term | undefined {
  for (const layer of layers) {
    const found = foundIn(layer, name)
    if (found === undefined) continue
    const term = 'node' in found ? readNode(found.node, { label: name, reading }) : found.term
    if (term !== undefined) return term
  }
  return name === 'vars' ? allVars(reading.scope) : undefined
}

function allVars(scope: Scope): Lazy {
  return new Lazy({ list: false, keys: scope.names, get: scope.lookup })
}

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
