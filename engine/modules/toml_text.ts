import TOML from '@iarna/toml'
import type { Json } from '../core/json.ts'
import { Refusal } from '../core/module.ts'
import { type Format, type KeyPath, type Setting, isMap, showKey, valueAt, withValue, without } from './settings.ts'
import { type Statement, scanToml, startsWith } from './toml_scan.ts'
import { isTime, tomlKey, tomlValue } from './toml_value.ts'

/** TOML, changed statement by statement; comments, order and spacing of all others stay. */
export const tomlFormat: Format = { read: readToml, set: setToml, remove: removeToml, holds: holdsToml }

function readToml(text: string): Json {
  try {
    return plain(TOML.parse(text))
  } catch (error) {
    throw new Refusal(
      `this is no TOML: ${(error as Error).message.split('\n')[0]}`,
      'mend the file on the host, or replace it with `template`',
    )
  }
}

/** Times become text and big numbers too, so that every value can be compared. */
function plain(value: unknown): Json {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint' || Number.isNaN(value)) return String(value)
  if (Array.isArray(value)) return value.map(plain)
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
  return value as Json
}

/** A time is written without quotes, so it is compared as it is written. */
function holdsToml(text: string, { path, value }: Setting): boolean {
  const statement = pairAt(scanToml(text), path)
  const written = statement ? text.slice(statement.value, statement.end) : ''
  return typeof value === 'string' && isTime(written) && written === value
}

function setToml(text: string, setting: Setting): string {
  const { path, value } = setting
  const statements = scanToml(text)
  refuseArrays(statements, path)
  const pair = pairAt(statements, path)
  if (pair) return replaced(text, pair, tomlValue(value, text.slice(pair.value, pair.end)))
  const inline = statements.find((statement) => statement.kind === 'pair' && !statement.inArray && startsWith(path, statement.path))
  if (inline) return setInline(text, inline, setting)
  if (valueAt(readToml(text), path) !== undefined)
    throw new Refusal(`\`${showKey(path)}\` is a table here, and would be replaced by a value`)
  return inserted(text, statements, setting)
}

function removeToml(text: string, path: KeyPath): string {
  const statements = scanToml(text)
  const inline = statements.find(
    ({ kind, path: own, inArray }) => kind === 'pair' && !inArray && startsWith(path, own) && own.length < path.length,
  )
  if (inline)
    return replaced(text, inline, tomlValue(without(valueAt(readToml(text), inline.path) ?? null, path.slice(inline.path.length))))
  const gone = statements.filter((statement) => startsWith(statement.path, path))
  return gone.reduceRight((before, { start, end }) => withoutLines(before, start, end), text)
}

function pairAt(statements: readonly Statement[], path: KeyPath): Statement | undefined {
  return statements.find(
    ({ kind, path: own, inArray }) => kind === 'pair' && !inArray && own.length === path.length && startsWith(path, own),
  )
}

function refuseArrays(statements: readonly Statement[], path: KeyPath): void {
  const array = statements.find((statement) => statement.kind === 'array' && startsWith(path, statement.path))
  if (array) throw new Refusal(`\`${showKey(array.path)}\` is an array of tables, whose elements have no keys to name them by`)
}

function replaced(text: string, { value, end }: Statement, fresh: string): string {
  return text.slice(0, value) + fresh + text.slice(end)
}

function setInline(text: string, inline: Statement, { path, value }: Setting): string {
  const current = valueAt(readToml(text), inline.path)
  if (!isMap(current)) throw new Refusal(`\`${showKey(inline.path)}\` is a single value here, and cannot hold \`${showKey(path)}\``)
  return replaced(text, inline, tomlValue(withValue(current as Json, { path: path.slice(inline.path.length), value })))
}

/** A new pair goes after the last of its table; where the table is only spelled out in dotted keys, after the last of those; else into a new table. */
function inserted(text: string, statements: readonly Statement[], { path, value }: Setting): string {
  const table = path.slice(0, -1)
  const isOwn = (statement: Statement) => !statement.inArray && statement.kind !== 'array'
  const headerAt = statements.findIndex((statement) => isOwn(statement) && statement.kind === 'table' && sameKeys(statement.path, table))
  const section = headerAt < 0 && table.length > 0 ? [] : sectionFrom(statements, headerAt)
  const last = section.at(-1)
  if (last) return afterLine(text, last.end, `${tomlKey(path.slice(-1))} = ${tomlValue(value)}`)
  if (table.length === 0) return atTop(text, statements, `${tomlKey(path)} = ${tomlValue(value)}`)
  const dotted = statements.findLast((statement) => isOwn(statement) && statement.kind === 'pair' && startsWith(statement.path, table))
  if (dotted) return afterLine(text, dotted.end, `${tomlKey(path.slice(tableOf(statements, dotted).length))} = ${tomlValue(value)}`)
  const separator = text === '' || text.endsWith('\n\n') ? '' : '\n'
  return `${ended(text)}${separator}[${tomlKey(table)}]\n${tomlKey(path.slice(-1))} = ${tomlValue(value)}\n`
}

/** The header at this place and the pairs below it; with -1, the pairs before the first header. */
function sectionFrom(statements: readonly Statement[], headerAt: number): readonly Statement[] {
  const rest = statements.slice(headerAt + 1)
  const next = rest.findIndex(({ kind }) => kind !== 'pair')
  return [...statements.slice(Math.max(headerAt, 0), headerAt + 1), ...rest.slice(0, next < 0 ? rest.length : next)]
}

function tableOf(statements: readonly Statement[], pair: Statement): KeyPath {
  return statements.slice(0, statements.indexOf(pair)).findLast(({ kind }) => kind !== 'pair')?.path ?? []
}

function atTop(text: string, statements: readonly Statement[], line: string): string {
  const first = statements[0]
  if (!first) return `${ended(text)}${line}\n`
  const start = text.lastIndexOf('\n', first.start - 1) + 1
  return `${text.slice(0, start)}${line}${lineBreak(text)}${lineBreak(text)}${text.slice(start)}`
}

function afterLine(text: string, end: number, line: string): string {
  const eol = text.indexOf('\n', end)
  if (eol < 0) return `${text}${lineBreak(text)}${line}\n`
  return `${text.slice(0, eol + 1)}${line}${lineBreak(text)}${text.slice(eol + 1)}`
}

function withoutLines(text: string, start: number, end: number): string {
  const eol = text.indexOf('\n', end)
  return text.slice(0, text.lastIndexOf('\n', start - 1) + 1) + (eol < 0 ? '' : text.slice(eol + 1))
}

function lineBreak(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function sameKeys(a: KeyPath, b: KeyPath): boolean {
  return a.length === b.length && startsWith(a, b)
}
