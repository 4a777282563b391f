import type { Value } from '../core/json.ts'
import { type Node, at } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { ArraySchema, MapSchema, NumberSchema, ObjectSchema, Schema, StringSchema } from '../core/params.ts'
import { Secret } from '../core/secret.ts'
import { didYouMean } from '../source/suggest.ts'
import { modeText } from './mode.ts'
import { kindOf, OMIT } from './term.ts'

/** A value that is a template and not rendered yet; it may turn out to be anything. */
export const UNKNOWN: Value = Object.freeze({ unknown: true })

export interface ParamProblem {
  readonly message: string
  readonly help?: string
  readonly origin?: Origin
}

export interface Coercing {
  /** The param as messages name it: `mode`, `users[0].name`. */
  readonly path: string
  /** What was written, if the value stands in a document as it is. */
  readonly node?: Node | undefined
  /** Secrets may stand anywhere, because the value stays on the controller. */
  readonly openToSecrets: boolean
  readonly report: (problem: ParamProblem) => void
}

/** The value as its schema wants it, by Ansible's conversions; what cannot be converted is reported and left as it is. */
export function coerce(schema: Schema, value: Value, coercing: Coercing): Value {
  if (value === UNKNOWN) return value
  if (value instanceof Secret) return secret(schema, value, coercing)
  switch (schema.type) {
    case 'string':
      return text(schema, value, coercing)
    case 'integer':
    case 'number':
      return number(schema, value, coercing)
    case 'boolean':
      return boolean(value, coercing)
    case 'array':
      return list(schema, value, coercing)
    case 'object':
      return map(schema, value, coercing)
    default:
      return any(value, coercing)
  }
}

/** Reports a problem at the value, if its place is known. */
function problem({ path, node, report }: Coercing, said: { readonly message: string; readonly help?: string | undefined }): void {
  const { help } = said
  report({ message: `\`${path}\` ${said.message}`, ...(help !== undefined && { help }), ...(node && { origin: node.origin }) })
}

function secret(schema: Schema, value: Secret, coercing: Coercing): Value {
  if (schema.type === 'string' && schema.secret) return value
  if (schema.type === 'any' && coercing.openToSecrets) return value
  if (schema.type === 'array') return [coerce(schema.items, value, coercing)]
  problem(coercing, {
    message: `cannot hold the secret \`${value.name}\``,
    help: 'it would be seen on the host; use a param that takes secrets, such as `content` or `stdin`',
  })
  return value
}

function any(value: Value, coercing: Coercing): Value {
  if (value === null || typeof value !== 'object' || value instanceof Secret || value === OMIT) return value
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).filter((item) => item !== OMIT)
    return items.map((item, i) => coerce({ type: 'any' }, item, inside(coercing, `[${i}]`, undefined)))
  }
  const entries = Object.entries(value as { readonly [key: string]: Value }).filter(([, entry]) => entry !== OMIT)
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, coerce({ type: 'any' }, entry, inside(coercing, `.${key}`, at(coercing.node, key)))]),
  )
}

function text(schema: StringSchema, value: Value, coercing: Coercing): Value {
  if (schema.format === 'mode') return modeText(value, { node: coercing.node, report: (said) => problem(coercing, said) })
  const string = asText(value, coercing)
  if (string === undefined) {
    const help = value === null ? undefined : `make text of it: \`{{ to_json … }}\`, or \`{{ join … "," }}\` for a list`
    problem(coercing, { message: `must be text, not ${kindOf(value)}`, help })
    return value
  }
  checkText(schema, string, coercing)
  return string
}

function checkText(schema: StringSchema, string: string, coercing: Coercing): void {
  if (schema.enum && !schema.enum.includes(string))
    problem(coercing, { message: `cannot be \`${string}\``, help: didYouMean(string, schema.enum, 'values') })
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(string))
    problem(coercing, { message: `has a form it cannot have: \`${string}\``, help: schema.form ?? `it must match \`${schema.pattern}\`` })
  if (schema.format === 'path' && !string.startsWith('/'))
    problem(coercing, { message: `must be an absolute path, not \`${string}\``, help: 'begin it with `/`' })
}

/** Numbers and booleans stay as they were written: `1.10` is not `1.1`, and `yes` not `true`. */
function asText(value: Value, { node }: Coercing): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined
  return node?.kind === 'scalar' && node.value === value ? node.raw : String(value)
}

function number(schema: NumberSchema, value: Value, coercing: Coercing): Value {
  const read = typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : value
  if (typeof read !== 'number' || (schema.type === 'integer' && !Number.isSafeInteger(read))) {
    const kind = schema.type === 'integer' ? 'a whole number' : 'a number'
    problem(coercing, { message: `must be ${kind}, not ${typeof value === 'string' ? `\`${value}\`` : kindOf(value)}` })
    return value
  }
  checkRange(schema, read, coercing)
  return read
}

function checkRange(
  { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: NumberSchema,
  value: number,
  coercing: Coercing,
): void {
  if (value < minimum) problem(coercing, { message: `must be at least ${minimum}, not ${value}` })
  if (value > maximum) problem(coercing, { message: `must be at most ${maximum}, not ${value}` })
}

const NUMBER = /^-?\d+(\.\d+)?$/

function boolean(value: Value, coercing: Coercing): Value {
  if (typeof value === 'boolean') return value
  const read = asBoolean(value)
  if (read === undefined) {
    const isText = (typeof value === 'string' && value !== '') || typeof value === 'number'
    problem(coercing, { message: `must be yes or no, not ${isText ? `\`${String(value).toLowerCase()}\`` : kindOf(value)}` })
  }
  return read ?? false
}

/** The boolean that a value spells, in all the ways Ansible knows; undefined for anything else. */
export function asBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  const word = typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : ''
  if (TRUE.has(word)) return true
  return FALSE.has(word) ? false : undefined
}

const TRUE = new Set(['yes', 'on', 'true', 'y', 't', '1'])
const FALSE = new Set(['no', 'off', 'false', 'n', 'f', '0'])

function list(schema: ArraySchema, value: Value, coercing: Coercing): Value {
  const whole = Array.isArray(value)
  const items = (whole ? (value as readonly Value[]) : single(schema, value)).filter((item) => item !== OMIT)
  const { node } = coercing
  const nodes = whole && node?.kind === 'list' ? node.items : []
  const made = items.map((item, i) => coerce(schema.items, item, whole ? inside(coercing, `[${i}]`, nodes[i]) : coercing))
  if (schema.minItems !== undefined && made.length < schema.minItems)
    problem(coercing, { message: `needs at least ${schema.minItems} ${schema.minItems === 1 ? 'item' : 'items'}` })
  return made
}

/** A single value is a list of one; words with commas between them are several. */
function single(schema: ArraySchema, value: Value): readonly Value[] {
  if (typeof value !== 'string' || schema.items.type === 'object') return [value]
  if (value === '') return []
  return WORDS.test(value) ? value.split(',').map((word) => word.trim()) : [value]
}

const WORDS = /^[^\s,[\](){}'"]+(\s*,\s*[^\s,[\](){}'"]+)*$/

function map(schema: MapSchema | ObjectSchema, value: Value, coercing: Coercing): Value {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    problem(coercing, { message: `must be a map, not ${kindOf(value)}` })
    return value
  }
  const entries = Object.entries(value as { readonly [key: string]: Value }).filter(([, entry]) => entry !== OMIT)
  if ('properties' in schema) return object(schema, Object.fromEntries(entries), coercing)
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, coerce(schema.additionalProperties, entry, inside(coercing, `.${key}`, at(coercing.node, key)))]),
  )
}

/** The entries of a map with known keys: each coerced, unknown and missing ones reported, defaults filled in. */
export function object(
  schema: ObjectSchema,
  entries: { readonly [key: string]: Value },
  coercing: Coercing,
): { readonly [key: string]: Value } {
  const made = Object.fromEntries(Object.entries(entries).flatMap(([key, value]) => property(schema, { key, value }, coercing)))
  for (const name of schema.required ?? []) {
    if (!(name in made)) problem(coercing, { message: `needs \`${name}\`` })
  }
  return { ...defaultsOf(schema, made), ...made }
}

interface Property {
  readonly key: string
  readonly value: Value
}

/** The coerced entry; none if its key is unknown, or if it is null, which means that it is not given. */
function property(schema: ObjectSchema, { key, value }: Property, coercing: Coercing): readonly (readonly [string, Value])[] {
  const known = Object.hasOwn(schema.properties, key) ? schema.properties[key] : freeKeys(schema)
  const here = inside(coercing, coercing.path === '' ? key : `.${key}`, at(coercing.node, key))
  if (known) return value === null && known.type !== 'any' ? [] : [[key, coerce(known, value, here)]]
  problem(here, { message: 'is not a key it has', help: didYouMean(key, Object.keys(schema.properties), 'keys') })
  return []
}

/** The schema of keys an object does not name, if it has any. */
export function freeKeys({ additionalProperties }: ObjectSchema): Schema | undefined {
  return additionalProperties === false ? undefined : additionalProperties
}

function defaultsOf({ properties }: ObjectSchema, given: { readonly [key: string]: Value }): { readonly [key: string]: Value } {
  const missing = Object.entries(properties).filter(
    ([name, schema]) => !(name in given) && 'default' in schema && schema.default !== undefined,
  )
  return Object.fromEntries(missing.map(([name, schema]) => [name, (schema as { readonly default: Value }).default]))
}

function inside(coercing: Coercing, step: string, node: Node | undefined): Coercing {
  return { ...coercing, path: `${coercing.path}${step}`, node: node ?? coercing.node }
}
