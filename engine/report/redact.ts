import { redact } from '../core/secret.ts'

/** A plain copy of a value with every secret blanked in its keys, strings and numbers; what JSON cannot hold is left out. */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value === 'number') return redact(String(value)) === String(value) ? value : redact(String(value))
  if (Array.isArray(value)) return value.map(redactValue)
  if (typeof value !== 'object' || value === null) return value
  if (hasToJSON(value)) return redactValue(value.toJSON())
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [redact(key), redactValue(inner)]))
}

function hasToJSON(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}
