import {
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  stringify,
} from 'yaml'
import type { Json } from '../core/json.ts'
import { Refusal } from '../core/module.ts'
import { type Format, type KeyPath, type Setting, showKey } from './settings.ts'

/** How the new pieces of a document are written: JSON allows one way only. */
export interface Style {
  readonly name: 'YAML' | 'JSON'
  readonly indent: (text: string) => number | string
}

/** YAML, changed value by value; comments, order and spacing of all else stay. */
export const yamlFormat: Format = formatOf({ name: 'YAML', indent: () => 2 })

/** JSON, changed value by value; order and spacing of all else stay. */
export const jsonFormat: Format = formatOf({ name: 'JSON', indent: (text) => /^([ \t]+)"/m.exec(text)?.[1] ?? '' })

function formatOf(style: Style): Format {
  return {
    read: (text) => readDocument(text, style).toJS({ maxAliasCount: 1000 }) as Json,
    set: (text, setting) => setValue(text, setting, style),
    remove: (text, path) => removeValue(text, path, style),
  }
}

function readDocument(text: string, { name }: Style): Document.Parsed {
  const document = parseDocument(text === '' && name === 'JSON' ? '{}' : text, { uniqueKeys: true, keepSourceTokens: true })
  const [error] = document.errors
  if (error)
    throw new Refusal(`this is no ${name}: ${error.message.split('\n')[0]}`, 'mend the file on the host, or replace it with `template`')
  if (name === 'JSON' && text !== '') assertJson(text)
  return document
}

function assertJson(text: string): void {
  try {
    JSON.parse(text)
  } catch (error) {
    throw new Refusal(`this is no JSON: ${(error as Error).message}`, 'mend the file on the host, or replace it with `template`')
  }
}

interface Place {
  /** The innermost map on the way that exists. */
  readonly map: YAMLMap
  /** Its pair on the way, if it has one. */
  readonly pair: Pair | undefined
  /** How many keys lead to that map. */
  readonly depth: number
}

function setValue(text: string, { path, value }: Setting, style: Style): string {
  const { contents } = readDocument(text, style)
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null) || text.trim() === ''
  if (isEmpty) return `${text}${written(nested(path, value), style)}\n`
  const { map, pair, depth } = placeOf(contents, path)
  if (!pair) return map.flow ? insertFlow(text, map, path.slice(depth), value, style) : insertBlock(text, map, path.slice(depth), value)
  return replacePair(text, { map, pair, key: path[depth] ?? '', value: nested(path.slice(depth + 1), value), style })
}

function removeValue(text: string, path: KeyPath, style: Style): string {
  const { contents } = readDocument(text, style)
  if (contents === null) return text
  const { map, pair, depth } = placeOf(contents, path)
  if (!pair || depth !== path.length - 1) return text
  if (map.items.length === 1) return replaceMap(text, map, contents)
  return map.flow ? removeFlow(text, map, pair) : removeBlock(text, map, pair)
}

/** Goes down as far as maps and keys exist. Refuses what has no keys, and what stands for something elsewhere. */
function placeOf(contents: Node, path: KeyPath): Place {
  let node: Node | null = contents
  for (let depth = 0; ; depth += 1) {
    const map = mapAt(node, path.slice(0, depth))
    const pair = map.items.find(({ key }) => (isScalar(key) ? String(key.value) : key) === path[depth])
    const below = (pair?.value ?? null) as Node | null
    if (!pair || depth === path.length - 1 || isNull(below)) return { map, pair, depth }
    node = below
  }
}

function mapAt(node: Node | null, path: KeyPath): YAMLMap {
  if (isMap(node)) return node
  const name = path.length === 0 ? 'the document' : `\`${showKey(path)}\``
  if (isAlias(node)) throw new Refusal(`${name} is an alias: it is changed where its anchor is`)
  throw new Refusal(
    `${name} is a ${isSeq(node) ? 'list' : 'single value'}, not a map`,
    'remove it first with `absent`, or give the whole value',
  )
}

function isNull(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null)
}

function nested(path: KeyPath, value: Json): Json {
  return path.reduceRight<Json>((inner, key) => ({ [key]: inner }), value)
}

interface Replacement {
  readonly map: YAMLMap
  readonly pair: Pair
  readonly key: string
  readonly value: Json
  readonly style: Style
}

function replacePair(text: string, { map, pair, key, value, style }: Replacement): string {
  const old = pair.value as Node | null
  if (old && !isAlias(old) && 'anchor' in old && old.anchor)
    throw new Refusal(`the value of \`${key}\` has an anchor, so other values would change with it`)
  const [start, end] = old?.range ?? [0, 0]
  const fresh = inlineText(text, { map, pair, key, value, style })
  const isInline = old !== null && end > start && !isNull(old) && (map.flow === true || !text.slice(start, end).includes('\n'))
  if (isInline && fresh !== undefined) return text.slice(0, start) + fresh + text.slice(end)
  const first = startOf(pair)
  return text.slice(0, first) + blockText({ [key]: value }, columnOf(text, first)) + text.slice(endOf(text, pair))
}

/** The value as it may stand in the place of the old one; undefined if it needs lines of its own. */
function inlineText(text: string, { map, pair, value, style }: Replacement): string | undefined {
  const isFlow = map.flow || ((isMap(pair.value) || isSeq(pair.value)) && pair.value.flow)
  if (isFlow) return flowText(text, value, { style, column: columnText(text, startOf(pair)) })
  const fresh = stringify(value, YAML_STYLE).trimEnd()
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? undefined : onOneLine(fresh)
}

function onOneLine(text: string): string | undefined {
  return text.includes('\n') ? undefined : text
}

function insertBlock(text: string, map: YAMLMap, path: KeyPath, value: Json): string {
  const [first, last] = [map.items.at(0), map.items.at(-1)]
  if (!first || !last) throw new Refusal('an empty map in block form cannot be added to')
  const column = columnOf(text, startOf(first))
  const eol = text.indexOf('\n', endOf(text, last))
  const at = eol < 0 ? text.length : eol
  return `${text.slice(0, at)}\n${' '.repeat(column)}${blockText(nested(path, value) as object, column)}${eol < 0 ? '\n' : text.slice(at)}`
}

function insertFlow(text: string, map: YAMLMap, path: KeyPath, value: Json, style: Style): string {
  const [key = '', ...rest] = path
  const last = map.items.at(-1)
  const [start = 0, end = 0] = map.range ?? []
  if (!last) {
    const line = columnText(text, start)
    return (
      text.slice(0, start) + flowText(text, nested(path, value), { style, column: line, open: style.indent(text) !== '' }) + text.slice(end)
    )
  }
  const at = endOf(text, last)
  const first = startOf(map.items[0] as Pair)
  const isOpen = text.slice(start, first).includes('\n')
  const column = columnText(text, first)
  const pair = `${JSON.stringify(key)}: ${flowText(text, nested(rest, value), { style, column, open: isOpen })}`
  return `${text.slice(0, at)},${isOpen ? `\n${column}` : ' '}${pair}${text.slice(at)}`
}

function removeBlock(text: string, _map: YAMLMap, pair: Pair): string {
  const start = text.lastIndexOf('\n', startOf(pair) - 1) + 1
  const eol = text.indexOf('\n', endOf(text, pair))
  return text.slice(0, start) + (eol < 0 ? '' : text.slice(eol + 1))
}

function removeFlow(text: string, map: YAMLMap, pair: Pair): string {
  const at = map.items.indexOf(pair)
  const [before, after] = [map.items[at - 1], map.items[at + 1]]
  if (before) return text.slice(0, endOf(text, before)) + text.slice(endOf(text, pair))
  return text.slice(0, startOf(pair)) + text.slice(after ? startOf(after) : endOf(text, pair))
}

/** A map that loses its last key is empty, not gone. */
function replaceMap(text: string, map: YAMLMap, contents: Node): string {
  const [start = 0, end = 0] = map.range ?? []
  if (map.flow || map === contents) return `${text.slice(0, start)}{}${text.slice(start + text.slice(start, end).trimEnd().length)}`
  const colon = text.lastIndexOf(':', start)
  return `${text.slice(0, colon + 1)} {}${text.slice(start + text.slice(start, end).trimEnd().length)}`
}

/** Yes and no, on and off, and numbers with a leading zero get quotes, for readers of YAML 1.1. */
const YAML_STYLE = { version: '1.1', lineWidth: 0, indent: 2 } as const

function blockText(value: object, column: number): string {
  return stringify(value, YAML_STYLE)
    .trimEnd()
    .replaceAll('\n', `\n${' '.repeat(column)}`)
}

function flowText(
  text: string,
  value: Json,
  { style, column, open = true }: { readonly style: Style; readonly column: string; readonly open?: boolean },
): string {
  const indent = open && style.name === 'JSON' ? style.indent(text) : ''
  return JSON.stringify(value, null, indent).replaceAll('\n', `\n${column}`)
}

function written(value: Json, style: Style): string {
  return style.name === 'JSON' ? JSON.stringify(value, null, 2) : stringify(value, YAML_STYLE).trimEnd()
}

function startOf({ key }: Pair): number {
  return (key as Scalar).range?.[0] ?? 0
}

/** After the last character of a pair, before comments and line breaks. */
function endOf(text: string, { key, value }: Pair): number {
  const start = (key as Scalar).range?.[0] ?? 0
  const end = (value as Node | null)?.range?.[1] ?? (key as Scalar).range?.[1] ?? start
  const isEmpty = value === null || end <= ((key as Scalar).range?.[1] ?? 0)
  return isEmpty ? text.indexOf(':', (key as Scalar).range?.[1] ?? 0) + 1 : start + text.slice(start, end).trimEnd().length
}

function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf('\n', at - 1) + 1)
}

/** The blanks at the beginning of the line. */
function columnText(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1))?.[0] ?? ''
}
