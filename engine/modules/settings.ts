import { type Json, same } from '../core/json.ts'
import { Refusal } from '../core/module.ts'
import { Secret } from '../core/secret.ts'

/** Where a value stands in a document: the keys on the way to it. */
export type KeyPath = readonly string[]

export interface Setting {
  readonly path: KeyPath
  readonly value: Json
}

/** What a document is to hold, and what not. */
export interface Settings {
  readonly set: readonly Setting[]
  readonly remove: readonly KeyPath[]
}

/** A kind of document that can be changed without touching the rest of its text. Both functions refuse what they cannot read or change. */
export interface Format {
  readonly read: (text: string) => Json
  readonly set: (text: string, setting: Setting) => string
  readonly remove: (text: string, path: KeyPath) => string
  /** Whether the document holds this value already, where that is more than plain equality. */
  readonly holds?: (text: string, setting: Setting) => boolean
}

/** The keys of `p2p.laddr` or `"a.b".c`: a dot parts them unless it stands in quotes. Undefined if a quote is open or a key empty. */
export function splitKey(key: string): KeyPath | undefined {
  const parts = [...key.matchAll(/(?:"([^"]*)"|([^."]+))(?:\.|$)/gy)]
  const length = parts.reduce((sum, [all]) => sum + all.length, 0)
  if (key === '' || length !== key.length || key.endsWith('.')) return undefined
  return parts.map(([, quoted, bare]) => quoted ?? bare ?? '')
}

/** The path as `splitKey` reads it. */
export function showKey(path: KeyPath): string {
  return path.map((key) => (/[."]/.test(key) || key === '' ? `"${key}"` : key)).join('.')
}

/** The single values of a map, nested or with dotted keys; a list is one value. Keys that cannot be split are left out. */
export function settingsOf(values: { readonly [key: string]: unknown }, above: KeyPath = []): readonly Setting[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = [...above, ...(splitKey(key) ?? [])]
    return isMap(value) && Object.keys(value).length > 0 ? settingsOf(value, path) : [{ path, value: value as Json }]
  })
}

/** What is wrong with the keys, one sentence each. */
export function settingsProblems(params: { readonly [param: string]: readonly string[] }, settings: Settings): readonly string[] {
  const unreadable = Object.entries(params).flatMap(([param, keys]) =>
    keys.flatMap((key) =>
      splitKey(key) === undefined ? [`\`${param}\`: \`${key}\` is no key: part keys with dots, and put those that hold one in quotes`] : [],
    ),
  )
  const all = [...settings.set.map(({ path }) => path), ...settings.remove]
  const clashing = all.filter((path, i) =>
    all.some((other, j) => i !== j && other.length <= path.length && other.every((key, at) => key === path[at])),
  )
  return [...unreadable, ...new Set(clashing.map((path) => `\`${showKey(path)}\` is given twice, or both whole and in part`))]
}

/** The text with every setting made, and nothing else changed. Asserts it by reading the outcome. */
export function applySettings(format: Format, text: string, { set, remove }: Settings): string {
  const edited = set.reduce((before, setting) => (holds(format, before, setting) ? before : format.set(before, setting)), text)
  const outcome = remove.reduce(
    (before, path) => (valueAt(format.read(before), path) === undefined ? before : format.remove(before, path)),
    edited,
  )
  if (outcome === text) return text
  const wanted = remove.reduce(without, set.reduce(withValue, format.read(text)))
  const wrong = set.some((setting) => !holds(format, outcome, setting)) || !same(pruned(format.read(outcome), set), pruned(wanted, set))
  if (wrong)
    throw new Refusal('this document cannot be changed without changing more than was asked for', 'keep the whole file with `template`')
  return outcome
}

/** The value at a path, if there is one. */
export function valueAt(document: Json, path: KeyPath): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, key) => (isMap(value) && Object.hasOwn(value, key) ? (value[key] as Json) : undefined),
    document,
  )
}

/** The document with a value at a path. */
export function withValue(document: Json, { path, value }: Setting): Json {
  const [key, ...rest] = path
  if (key === undefined) return value
  const map = isMap(document) ? (document as { readonly [key: string]: Json }) : {}
  const inner = withValue(Object.hasOwn(map, key) ? (map[key] ?? null) : null, { path: rest, value })
  if (!Object.hasOwn(map, key)) return fromEntries([...Object.entries(map), [key, inner]])
  return fromEntries(Object.entries(map).map(([name, item]) => [name, name === key ? inner : item]))
}

/** The document without what stands at a path. */
export function without(document: Json, path: KeyPath): Json {
  const [key, ...rest] = path
  if (key === undefined || !isMap(document) || !Object.hasOwn(document, key)) return document
  const others = Object.entries(document as { readonly [key: string]: Json }).filter(([name]) => name !== key)
  return rest.length === 0 ? fromEntries(others) : fromEntries([...others, [key, without(document[key] as Json, rest)]])
}

export function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Secret)
}

function holds(format: Format, text: string, setting: Setting): boolean {
  const current = valueAt(format.read(text), setting.path)
  if (isMap(setting.value) && Object.keys(setting.value).length === 0 && isMap(current)) return true
  return same(current, setting.value) || (format.holds?.(text, setting) ?? false)
}

/** What is compared apart, by `holds`, does not take part in comparing the rest; nor does a map that lost its last key. */
function pruned(document: Json, set: readonly Setting[]): Json {
  return withoutEmpty(set.reduce((before, { path }) => without(before, path), document))
}

function withoutEmpty(value: Json): Json {
  if (!isMap(value)) return value
  const entries = Object.entries(value).map(([key, item]) => [key, withoutEmpty(item as Json)] as const)
  return fromEntries(entries.filter(([, item]) => !isMap(item) || Object.keys(item).length > 0))
}

/** Own properties, so that a key named `__proto__` stays a key. */
function fromEntries(entries: readonly (readonly [string, Json])[]): Json {
  return Object.fromEntries(entries)
}
