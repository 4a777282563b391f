import type { Json } from '../core/json.ts'
import { Refusal } from '../core/module.ts'
import type { KeyPath } from './settings.ts'

/** A value as TOML on one line, in the type the old text had where the new value fits it: `2.0` stays a float, a time stays a time. */
export function tomlValue(value: Json, old = ''): string {
  if (typeof value === 'string') return isTime(old) && isTime(value) ? value : tomlString(value)
  if (typeof value === 'number') return tomlNumber(value, old)
  if (typeof value === 'boolean') return String(value)
  if (value === null) throw new Refusal('TOML has no null', 'take the key out with `absent`')
  if (isList(value)) return `[${value.map((item) => tomlValue(item)).join(', ')}]`
  const pairs = Object.entries(value).map(([key, item]) => `${tomlKey([key])} = ${tomlValue(item)}`)
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

/** A path of keys as TOML, quoted where it must be. */
export function tomlKey(path: KeyPath): string {
  return path.map((key) => (/^[A-Za-z0-9_-]+$/.test(key) ? key : tomlString(key))).join('.')
}

/** Whether the text of a value is a date or a time of TOML. */
export function isTime(text: string): boolean {
  return /^(?:\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[-+]\d{2}:\d{2})?)?|\d{2}:\d{2}:\d{2}(?:\.\d+)?)$/.test(text)
}

function isFloat(text: string): boolean {
  return /^[-+]?(?:\d[\d_]*(?:\.[\d_]+)?(?:[eE][-+]?[\d_]+)?|inf|nan)$/.test(text) && /[.eEn]/.test(text)
}

function tomlNumber(value: number, old: string): string {
  const text = String(value)
  return /^-?\d+$/.test(text) && isFloat(old) ? `${text}.0` : text
}

function tomlString(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
