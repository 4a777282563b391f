import TOML from '@iarna/toml'
import { type Diagnostic, reject } from '../core/diagnostic.ts'
import type { Node } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { type Places, placesOf } from './toml_places.ts'

/** The document of a TOML text. A key stands where its line does; what lies inside brackets stands where they begin. */
export function parseToml(text: string, file: string): Node {
  const places = placesOf(text, file)
  return nodeOf(parsed(text, file), { places, path: [], origin: { file, line: 1, column: 1 } })
}

function parsed(text: string, file: string): unknown {
  try {
    return TOML.parse(text)
  } catch (error) {
    reject(syntaxProblem(error as TomlError, file))
  }
}

interface TomlError extends Error {
  readonly line?: number
  readonly col?: number
}

function syntaxProblem({ line = 0, col = 0, message, name }: TomlError, file: string): Diagnostic {
  const origin = { file, line: line + 1, column: col + 1 }
  if (name === 'RangeError') {
    return { code: 'too-deep', message: 'the document is nested too deeply', origin, help: 'check its brackets' }
  }
  if (/redefine|extend/.test(message)) {
    return { code: 'duplicate-key', message: 'a key or table is defined twice', origin, help: 'remove one of the two' }
  }
  const help = 'check the quotes, brackets and commas before this place'
  return { code: 'toml-syntax', message: 'this cannot be read as TOML', origin, help }
}

interface At {
  readonly places: Places
  readonly path: readonly string[]
  /** The nearest place known, for a value whose own is not. */
  readonly origin: Origin
}

function nodeOf(value: unknown, { places, path, origin }: At): Node {
  if (Array.isArray(value)) {
    const items = value.map((item, i) => {
      const inner = [...path, String(i)]
      return nodeOf(item, { places, path: inner, origin: places.valueAt(inner) ?? origin })
    })
    return { kind: 'list', items, origin }
  }
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    const entries = Object.entries(value).map(([key, inner]) => {
      const at = [...path, key]
      const keyOrigin = places.keyAt(at) ?? origin
      return { key, keyOrigin, value: nodeOf(inner, { places, path: at, origin: places.valueAt(at) ?? keyOrigin }) }
    })
    return { kind: 'map', entries, origin }
  }
  return scalarOf(value, origin)
}

function scalarOf(value: unknown, origin: Origin): Node {
  if (value instanceof Date) return { kind: 'scalar', value: value.toISOString(), raw: value.toISOString(), quoted: false, origin }
  if (typeof value === 'string') return { kind: 'scalar', value, raw: value, quoted: true, origin }
  if (typeof value === 'bigint' && !Number.isSafeInteger(Number(value))) {
    reject({
      code: 'number-too-large',
      message: 'the number is too large to be kept exactly',
      origin,
      help: 'put it in quotes',
    })
  }
  const known = typeof value === 'boolean' ? value : Number(value)
  return { kind: 'scalar', value: known, raw: String(value), quoted: false, origin }
}
