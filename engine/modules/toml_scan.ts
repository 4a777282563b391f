import type { KeyPath } from './settings.ts'

/** A header or a pair of a TOML text, and where it stands. */
export interface Statement {
  readonly kind: 'table' | 'array' | 'pair'
  /** From the root of the document. */
  readonly path: KeyPath
  /** Whether it belongs to an element of an array of tables. */
  readonly inArray: boolean
  readonly start: number
  /** After the last character, before a comment. */
  readonly end: number
  /** Where the value of a pair begins. */
  readonly value: number
}

/** The statements of a text that a TOML parser accepts; another text gives no useful answer. */
export function scanToml(text: string): readonly Statement[] {
  const statements: Statement[] = []
  const arrays: KeyPath[] = []
  let table: KeyPath = []
  for (let at = nextStatement(text, 0); at < text.length; at = nextStatement(text, statements.at(-1)?.end ?? text.length)) {
    const found = text[at] === '[' ? readHeader(text, at) : readPair(text, at, table)
    if (found.kind !== 'pair') table = found.path
    if (found.kind === 'array') arrays.push(table)
    statements.push({ ...found, inArray: isWithin(arrays, table) })
  }
  return statements
}

/** Whether `path` begins with `prefix`. */
export function startsWith(path: KeyPath, prefix: KeyPath): boolean {
  return prefix.length <= path.length && prefix.every((key, i) => key === path[i])
}

const BLANK = /[ \t]*/y
const BETWEEN = /(?:\s|#[^\n]*)*/y
const KEY = /[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*(\.?)/y
const VALUE = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[^"'#[\]{},\n]+|\n|,/y

type Found = Omit<Statement, 'inArray'>

function readHeader(text: string, start: number): Found {
  const brackets = text[start + 1] === '[' ? 2 : 1
  const { path, end } = readKeyPath(text, start + brackets)
  return { kind: brackets === 2 ? 'array' : 'table', path, start, end: end + brackets, value: 0 }
}

function readPair(text: string, start: number, table: KeyPath): Found {
  const { path, end } = readKeyPath(text, start)
  const value = skip(text, end + 1, BLANK)
  return { kind: 'pair', path: [...table, ...path], start, end: endOfValue(text, value), value }
}

function isWithin(arrays: readonly KeyPath[], table: KeyPath): boolean {
  return arrays.some((array) => startsWith(table, array))
}

function nextStatement(text: string, from: number): number {
  return skip(text, from, BETWEEN)
}

function skip(text: string, from: number, pattern: RegExp): number {
  pattern.lastIndex = from
  return from + (pattern.exec(text)?.[0].length ?? 0)
}

function readKeyPath(text: string, from: number): { readonly path: KeyPath; readonly end: number } {
  const path: string[] = []
  let end = from
  for (let more = true; more; ) {
    KEY.lastIndex = end
    const match = KEY.exec(text)
    if (!match) return { path, end: text.length }
    const [all, basic, literal, bare, dot] = match
    path.push(basic === undefined ? (literal ?? bare ?? '') : unescaped(basic))
    end += all.length
    more = dot === '.'
  }
  return { path, end }
}

/** Basic strings of TOML escape as JSON does, and have one form more. */
function unescaped(basic: string): string {
  return JSON.parse(
    `"${basic.replace(/\\U([0-9a-fA-F]{8})/g, (_all, digits: string) => String.fromCodePoint(Number.parseInt(digits, 16)))}"`,
  ) as string
}

/** Strings and comments may hold brackets, so the value is read piece by piece until no bracket is open. */
function endOfValue(text: string, from: number): number {
  let depth = 0
  let at = from
  while (at < text.length && !(depth === 0 && END.test(text.charAt(at)))) {
    const opened = bracket(text.charAt(at))
    depth += opened
    at = opened === 0 ? Math.max(at + 1, skip(text, at, VALUE)) : at + 1
    if (depth === 0 && opened < 0) return at
  }
  return from + text.slice(from, at).trimEnd().length
}

const END = /[\n#]/

function bracket(character: string): number {
  if (character === '[' || character === '{') return 1
  return character === ']' || character === '}' ? -1 : 0
}
