/** What a Python literal stands for; tuples become lists, keys become text. */
export type Literal = null | boolean | number | string | readonly Literal[] | ReadonlyMap<string, Literal>

/** A literal that no document could hold, such as a set; the message names it. */
export class StrangeLiteral extends Error {}

/**
 * Reads a text as Python would read a literal, because that is how Ansible types the values of INI inventories:
 * `8080`, `True`, `[1, 'a']`, but also `80,443`. Undefined if it is no literal; throws `StrangeLiteral`.
 */
export function pythonLiteral(text: string): { readonly value: Literal } | undefined {
  const cursor: Cursor = { text, at: 0, depth: 0 }
  try {
    const value = sequence(cursor, '')
    if (cursor.at < text.length) throw new NotLiteral()
    if (cursor.strange !== undefined) throw new StrangeLiteral(cursor.strange)
    return { value }
  } catch (error) {
    if (error instanceof NotLiteral) return undefined
    throw error
  }
}

interface Cursor {
  readonly text: string
  at: number
  depth: number
  /** Why the literal cannot be kept, if it is one: that is known only at its end. */
  strange?: string
}

class NotLiteral extends Error {}

const DEEPEST = 100

/** Values up to the closing sign; without a comma the one value itself, as parentheses have it. */
function sequence(cursor: Cursor, close: string): Literal {
  const items: Literal[] = []
  let hasComma = true
  while (hasComma && !ends(cursor, close)) {
    items.push(value(cursor))
    hasComma = taken(cursor, /[ \t]*,/y) !== undefined
  }
  const isEmptyText = items.length === 0 && close === ''
  if (isEmptyText || !ends(cursor, close)) throw new NotLiteral()
  cursor.at += close.length
  const isList = close === ']' || hasComma || items.length !== 1
  return isList ? items : (items[0] as Literal)
}

function ends(cursor: Cursor, close: string): boolean {
  skip(cursor)
  return close === '' ? cursor.at >= cursor.text.length : cursor.text[cursor.at] === close
}

function value(cursor: Cursor): Literal {
  skip(cursor)
  const char = cursor.text[cursor.at]
  if (char === '(' || char === '[') return nested(cursor, () => sequence(cursor, char === '(' ? ')' : ']'))
  if (char === '{') return nested(cursor, () => dictionary(cursor))
  const word = taken(cursor, /(?:None|True|False)(?![\p{L}\p{N}_])/uy)
  if (word !== undefined) return WORDS.get(word) as Literal
  if (taken(cursor, /\.\.\.|set\([ \t]*\)/y) !== undefined) return strange(cursor, '`...` and sets have no place in an inventory')
  return number(cursor) ?? strings(cursor)
}

const WORDS = new Map<string, Literal>([
  ['None', null],
  ['True', true],
  ['False', false],
])

function nested(cursor: Cursor, read: () => Literal): Literal {
  cursor.at += 1
  cursor.depth += 1
  if (cursor.depth > DEEPEST) throw new NotLiteral()
  const found = read()
  cursor.depth -= 1
  return found
}

function dictionary(cursor: Cursor): Literal {
  const entries = new Map<string, Literal>()
  let hasComma = true
  while (hasComma && !ends(cursor, '}')) {
    const key = value(cursor)
    if (taken(cursor, /[ \t]*:/y) !== undefined) entries.set(keyText(cursor, key), value(cursor))
    else if (entries.size === 0) strange(cursor, 'a Python set has no place in an inventory; write a list')
    else throw new NotLiteral()
    hasComma = taken(cursor, /[ \t]*,/y) !== undefined
  }
  if (!ends(cursor, '}')) throw new NotLiteral()
  cursor.at += 1
  return entries
}

function keyText(cursor: Cursor, key: Literal): string {
  if (typeof key === 'object' && key !== null) strange(cursor, 'a list or a map cannot be a key')
  return KEY_TEXTS.get(key) ?? String(key)
}

function strange(cursor: Cursor, reason: string): null {
  cursor.strange ??= reason
  return null
}

/** Keys that are no text are shown as JSON has them. */
const KEY_TEXTS = new Map<Literal, string>([
  [null, 'null'],
  [true, 'true'],
  [false, 'false'],
])

const NUMBER =
  /([-+]?)[ \t]*(?:(0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+)|((?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][-+]?\d(?:_?\d)*)?|\d(?:_?\d)*(?:\.(?:[eE][-+]?\d(?:_?\d)*)?|[eE][-+]?\d(?:_?\d)*)|[1-9](?:_?\d)*|0(?:_?0)*)([jJ])?)(?![\p{L}\p{N}_.])/uy

function number(cursor: Cursor): number | undefined {
  NUMBER.lastIndex = cursor.at
  const [whole, sign, based, decimal, imaginary] = NUMBER.exec(cursor.text) ?? []
  if (whole === undefined) return undefined
  cursor.at += whole.length
  if (imaginary !== undefined || taken(cursor, IMAGINARY_PART) !== undefined)
    strange(cursor, 'a complex number has no place in an inventory')
  const size = Number((based ?? decimal ?? '').replaceAll('_', ''))
  const isExact = /[.eE]/.test(decimal ?? '') ? Number.isFinite(size) : Number.isSafeInteger(size)
  if (!isExact) strange(cursor, 'the number is too large to be kept exactly')
  return sign === '-' && size !== 0 ? -size : size
}

const IMAGINARY_PART = /[ \t]*[-+][ \t]*[\d_.]+(?:[eE][-+]?\d+)?[jJ](?![\p{L}\p{N}_])/uy

/** One or more strings side by side are one, as in Python; bytes do not mix with them. */
function strings(cursor: Cursor): string {
  const parts: string[] = []
  const kinds = new Set<boolean>()
  for (let part = string(cursor); part !== undefined; part = string(cursor)) {
    parts.push(part.text)
    kinds.add(part.isBytes)
    skip(cursor)
  }
  if (kinds.size !== 1) throw new NotLiteral()
  return parts.join('')
}

const STRING =
  /(|[rRuUbB]|[rR][bB]|[bB][rR])(?:'''((?:[^\\]|\\.)*?)'''|"""((?:[^\\]|\\.)*?)"""|'(?!'')((?:[^'\\]|\\.)*)'|"(?!"")((?:[^"\\]|\\.)*)")/uy

function string(cursor: Cursor): { readonly text: string; readonly isBytes: boolean } | undefined {
  STRING.lastIndex = cursor.at
  const [whole, prefix = '', ...bodies] = STRING.exec(cursor.text) ?? []
  if (whole === undefined) return undefined
  cursor.at += whole.length
  const body = bodies.find((found) => found !== undefined) ?? ''
  return { text: /r/i.test(prefix) ? body : unescaped(body), isBytes: /b/i.test(prefix) }
}

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))/gsu
const LETTER_ESCAPES: { readonly [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

function unescaped(body: string): string {
  return body.replace(ESCAPE, (whole, x, u, long, octal, letter: string | undefined) => {
    const code = x ?? u ?? long
    if (code !== undefined) return character(Number.parseInt(code, 16))
    if (octal !== undefined) return character(Number.parseInt(octal, 8))
    // Broken escapes are syntax errors in Python; unknown ones stand for themselves.
    if (letter !== undefined && 'xuUN'.includes(letter)) throw new NotLiteral()
    return LETTER_ESCAPES[letter ?? ''] ?? whole
  })
}

function character(code: number): string {
  if (code > 0x10ffff) throw new NotLiteral()
  return String.fromCodePoint(code)
}

/** Skips blanks and a comment, which Python drops too. */
function skip(cursor: Cursor): void {
  taken(cursor, /[ \t]*(?:#.*)?/y)
}

function taken(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at
  const [found] = pattern.exec(cursor.text) ?? []
  if (found !== undefined) cursor.at += found.length
  return found
}
