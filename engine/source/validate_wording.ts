import type { ErrorObject } from 'ajv'
import { didYouMean } from './suggest.ts'

interface Naming {
  /** The value the error is about: `a play`, `` `serial` of a play ``. */
  readonly what: string
  readonly noun: 'key' | 'parameter'
}

interface Said {
  readonly code: string
  readonly message: string
  readonly help?: string
  /** The key in the value that should be pointed at. */
  readonly key?: string
}

/** An error of the schema library in our words. */
export function wording(error: ErrorObject, naming: Naming): Said {
  const said = KEYWORDS[error.keyword]
  if (said) return said(error, naming)
  return { code: 'bad-value', message: `${naming.what} is not valid: ${error.message ?? error.keyword}` }
}

type Wording = (error: ErrorObject, naming: Naming) => Said

const KEYWORDS: { readonly [keyword: string]: Wording } = {
  additionalProperties: unknownKey,
  unevaluatedProperties: unknownKey,
  required: ({ params }, { what, noun }) => {
    const name = String(params['missingProperty'])
    return { code: `missing-${short(noun)}`, message: `${what} needs the ${noun} \`${name}\``, help: `add \`${name}:\`` }
  },
  dependentRequired: ({ params }, { what, noun }) => {
    const [name, key] = [String(params['missingProperty']), String(params['property'])]
    return {
      code: `missing-${short(noun)}`,
      message: `${what} needs the ${noun} \`${name}\` beside \`${key}\``,
      help: `add \`${name}:\``,
      key,
    }
  },
  type: ({ params, data }, { what }) => {
    const types = [params['type'] as string | string[]].flat()
    return { code: 'wrong-type', message: `${what} must be ${orList(types.map(typeName))}, not ${typeOf(data)}`, ...typeHelp(types, data) }
  },
  enum: ({ params, data }, { what }) => oneOf(what, params['allowedValues'] as unknown[], data),
  const: ({ params, data }, { what }) => oneOf(what, [params['allowedValue']], data),
  pattern: ({ params, data }, { what }) =>
    bad(`${what} does not have the expected form`, `\`${String(data)}\` must match ${String(params['pattern'])}`),
  minimum: (error, { what }) => bad(`${what} must be at least ${limit(error)}`),
  exclusiveMinimum: (error, { what }) => bad(`${what} must be more than ${limit(error)}`),
  maximum: (error, { what }) => bad(`${what} must be at most ${limit(error)}`),
  exclusiveMaximum: (error, { what }) => bad(`${what} must be less than ${limit(error)}`),
  multipleOf: ({ params }, { what }) => bad(`${what} must be a multiple of ${String(params['multipleOf'])}`),
  minLength: (error, { what }) => bad(limit(error) === '1' ? `${what} is empty` : `${what} must have at least ${limit(error)} characters`),
  maxLength: (error, { what }) => bad(`${what} must have at most ${limit(error)} characters`),
  minItems: (error, { what }) =>
    bad(limit(error) === '1' ? `${what} is an empty list` : `${what} must have at least ${limit(error)} entries`),
  maxItems: (error, { what }) => bad(`${what} must have at most ${limit(error)} entries`),
  minProperties: (error, { what }) =>
    bad(limit(error) === '1' ? `${what} is an empty map` : `${what} must have at least ${limit(error)} keys`),
  maxProperties: (error, { what, noun }) => bad(`${what} must have at most ${limit(error)} ${noun}s`),
  uniqueItems: ({ params }, { what }) =>
    bad(`${what} holds the same entry twice`, `entries ${Number(params['j']) + 1} and ${Number(params['i']) + 1} are equal`),
  not: (_, { what }) => bad(`${what} has a value or a combination of keys that is not allowed`),
  anyOf: (_, { what }) => bad(`${what} has none of the allowed forms`),
  oneOf: (_, { what }) => bad(`${what} must have exactly one of the allowed forms`),
  contains: (_, { what }) => bad(`${what} lacks a required entry`),
  'false schema': (_, { what }) => bad(`${what} is not allowed here`),
}

function unknownKey({ params, parentSchema }: ErrorObject, { what, noun }: Naming): Said {
  const key = String(params['additionalProperty'] ?? params['unevaluatedProperty'])
  const known = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {})
  const help = didYouMean(key, known, `${noun}s`)
  return { code: `unknown-${short(noun)}`, message: `${what} has no ${noun} \`${key}\``, key, ...(help !== undefined && { help }) }
}

function oneOf(what: string, allowed: readonly unknown[], data: unknown): Said {
  const words = allowed.map(String)
  const message = `${what} cannot be ${typeof data === 'object' && data !== null ? typeOf(data) : `\`${String(data)}\``}`
  const near = typeof data === 'string' ? didYouMean(data, words, 'values') : undefined
  return bad(message, near ?? `use ${orList(words.map((word) => `\`${word}\``))}`)
}

function bad(message: string, help?: string): Said {
  return { code: 'bad-value', message, ...(help !== undefined && { help }) }
}

function short(noun: Naming['noun']): string {
  return noun === 'parameter' ? 'param' : noun
}

function limit({ params }: ErrorObject): string {
  return String(params['limit'])
}

const TYPE_NAMES: { readonly [type: string]: string } = {
  array: 'a list',
  object: 'a map',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
  null: 'empty',
}

function typeName(type: string): string {
  return TYPE_NAMES[type] ?? type
}

function typeOf(data: unknown): string {
  if (data === null) return 'empty'
  if (Array.isArray(data)) return 'a list'
  if (typeof data === 'boolean') return `\`${data}\``
  if (typeof data === 'number') return Number.isInteger(data) ? `the number ${data}` : `${data}`
  return typeName(typeof data)
}

function typeHelp(types: readonly string[], data: unknown): { readonly help?: string } {
  const isScalar = typeof data === 'number' || typeof data === 'boolean'
  if (types.includes('string') && isScalar) return { help: 'put the value in quotes' }
  if (types.includes('array') && types.length === 1 && data !== null) return { help: 'begin each entry with `- `' }
  return {}
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
