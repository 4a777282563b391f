import type { Diagnostic } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import type { Module } from '../core/module.ts'
import { type Entry, type MapNode, type Node, plain } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { ObjectSchema } from '../core/params.ts'
import { didYouMean } from '../source/suggest.ts'
import { freeKeys, object, UNKNOWN } from './coerce.ts'
import { isTemplate } from './template.ts'
import { OMIT } from './term.ts'

/** What a module is called with, and how. */
export interface Calling {
  readonly module: Module
  /** The verb a handler calls; then `state` is no param. */
  readonly action?: string
  /** Where missing params are to be added: the name of the module. */
  readonly origin: Origin
}

/** What is wrong with params before any of them is rendered: unknown and missing ones, and values of the wrong kind. */
export function checkParams(node: MapNode, calling: Calling): readonly Diagnostic[] {
  const problems: Diagnostic[] = []
  const values = Object.fromEntries(node.entries.map(({ key, value }) => [key, withHoles(value)]))
  coerced(node, { calling, values, problems })
  return problems
}

/** The params as the module takes them: converted, defaults filled in, `omit` left out; or what is wrong with them. */
export function coerceParams(
  node: MapNode,
  values: { readonly [name: string]: Value },
  calling: Calling,
): { readonly params: { readonly [name: string]: Value } } | { readonly problems: readonly Diagnostic[] } {
  const key = keyOf(values)
  const last = coercedLast.get(node)
  if (key !== undefined && last?.key === key) return last
  const problems: Diagnostic[] = []
  const params = coerced(node, { calling, values, problems })
  if (problems.length === 0) problems.push(...moduleProblems(params, calling))
  if (problems.length > 0) return { problems }
  if (key !== undefined) coercedLast.set(node, { key, params })
  return { params }
}

/** Most tasks read the same on every host, and each is read several times for each: what came of the last reading often serves again. */
const coercedLast = new WeakMap<MapNode, { readonly key: string; readonly params: { readonly [name: string]: Value } }>()

/** The values as one text; none if something in them is more than its text, such as a secret. */
function keyOf(values: { readonly [name: string]: Value }): string | undefined {
  const all = Object.values(values)
  return all.every((value) => isPlain(value) || (Array.isArray(value) && value.every(isPlain))) ? JSON.stringify(values) : undefined
}

function isPlain(value: Value): boolean {
  return value === null || typeof value !== 'object'
}

/** The param an entry means, other names resolved. */
function paramName(name: string, { properties }: ObjectSchema): string | undefined {
  if (Object.hasOwn(properties, name)) return name
  return Object.keys(properties).find((known) => properties[known]?.aliases?.includes(name))
}

/** A node's value; templates in it are `UNKNOWN`. */
function withHoles(node: Node): Value {
  if (node.kind === 'list') return node.items.map(withHoles)
  if (node.kind === 'map') return Object.fromEntries(node.entries.map(({ key, value }) => [key, withHoles(value)]))
  if (node.tag === '!secret') return UNKNOWN
  return typeof node.value === 'string' && node.tag !== '!unsafe' && isTemplate(node.value) ? UNKNOWN : (plain(node) as Value)
}

interface Coercion {
  readonly calling: Calling
  readonly values: { readonly [name: string]: Value }
  readonly problems: Diagnostic[]
}

function coerced(node: MapNode, { calling, values, problems }: Coercion): { readonly [name: string]: Value } {
  const schema = schemaFor(calling)
  const named = namedEntries(node, { calling, schema, problems })
  const given = [...named].map(([name, { key }]): [string, Value] => [name, values[key] ?? null]).filter(([, value]) => value !== OMIT)
  const written: MapNode = { ...node, entries: [...named].map(([key, { keyOrigin, value }]) => ({ key, keyOrigin, value })) }
  return object(schema, Object.fromEntries(given), {
    path: '',
    node: written,
    openToSecrets: calling.module.kind === 'control',
    report: (problem) => problems.push(diagnostic(problem, calling)),
  })
}

interface Naming {
  readonly calling: Calling
  readonly schema: ObjectSchema
  readonly problems: Diagnostic[]
}

/** The entries under the names of the schema; unknown and doubled ones are reported. */
function namedEntries({ entries }: MapNode, { calling, schema, problems }: Naming): ReadonlyMap<string, Entry> {
  const named = new Map<string, Entry>()
  const params = calling.action === undefined ? entries : entries.filter(({ key }) => key !== 'state')
  for (const entry of params) {
    const name = paramName(entry.key, schema) ?? (freeKeys(schema) && entry.key)
    const first = named.get(name ?? '')
    if (first) problems.push(twice(entry, { first, calling }))
    else if (name === undefined) problems.push(unknownParam(entry, calling))
    else named.set(name, entry)
  }
  return named
}

function diagnostic(
  { message, help, origin }: { readonly message: string; readonly help?: string; readonly origin?: Origin },
  { module, origin: named }: Calling,
): Diagnostic {
  const missing = /^`` needs (`.*`)$/.exec(message)
  if (missing) return { code: 'missing-param', message: `\`${module.name}\` needs ${missing[1]}`, origin: named }
  const at = origin ?? named
  return { code: 'bad-param', message, origin: at, ...(help !== undefined && { help }) }
}

/** The schema of a call; an action takes the place of `state`. */
function schemaFor({ module: { schema }, action }: Calling): ObjectSchema {
  if (action === undefined) return schema
  const { state: _, ...properties } = schema.properties
  return { ...schema, properties, required: (schema.required ?? []).filter((name) => name !== 'state') }
}

function moduleProblems(params: { readonly [name: string]: Value }, { module, origin, action }: Calling): readonly Diagnostic[] {
  if (action !== undefined) return []
  const sentences = module.problems?.(params as never) ?? []
  return sentences.map((message) => ({ code: 'bad-param', message, origin }))
}

function unknownParam({ key, keyOrigin }: Entry, { module }: Calling): Diagnostic {
  const help = didYouMean(key, Object.keys(module.schema.properties), 'parameters')
  return {
    code: 'unknown-param',
    message: `\`${module.name}\` has no parameter \`${key}\``,
    origin: keyOrigin,
    ...(help !== undefined && { help }),
  }
}

function twice({ key, keyOrigin }: Entry, { first, calling }: { readonly first: Entry; readonly calling: Calling }): Diagnostic {
  return {
    code: 'duplicate-param',
    message: `\`${key}\` and \`${first.key}\` are the same parameter of \`${calling.module.name}\``,
    origin: keyOrigin,
    help: 'remove one of them',
    related: [{ message: 'first here', origin: first.keyOrigin }],
  }
}
