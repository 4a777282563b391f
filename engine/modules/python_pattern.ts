/** A pattern of a playbook that has no equal here. The message says which part of it, and why. */
export class PatternError extends Error {}

export interface PatternFlags {
  /** `^` and `$` match at every line. */
  readonly multiline?: boolean
  /** `.` matches a line break too. */
  readonly dotAll?: boolean
}

/**
 * Python's regular expressions, as playbooks hold them, as one of JavaScript with the same matches; flags `dgu`. Classes such
 * as `\w` mean ASCII. Throws a `PatternError`.
 */
export function translatePattern(pattern: string, flags: PatternFlags = {}): RegExp {
  const [, inline = ''] = /^\(\?([a-zA-Z]+)\)/.exec(pattern) ?? []
  const unknown = [...inline].find((flag) => !'imsau'.includes(flag))
  if (unknown !== undefined) throw new PatternError(`the flag \`(?${unknown})\` is not supported`)
  const meaning = { multiline: flags.multiline === true || inline.includes('m'), dotAll: flags.dotAll === true || inline.includes('s') }
  const source = inline === '' ? pattern : pattern.slice(inline.length + 3)
  try {
    return new RegExp(translate(source, meaning), inline.includes('i') ? 'dgiu' : 'dgu')
  } catch (error) {
    if (error instanceof PatternError) throw error
    throw new PatternError(`\`${pattern}\` is no valid pattern: ${(error as Error).message.replace(/^.*: /, '').toLowerCase()}`)
  }
}

/** What is wrong with a pattern, one sentence each. */
export function patternProblems(param: string, pattern: string | undefined): readonly string[] {
  if (pattern === undefined) return []
  try {
    translatePattern(pattern)
    return []
  } catch (error) {
    if (error instanceof PatternError) return [`\`${param}\`: ${error.message}`]
    throw error
  }
}

type Meaning = Required<PatternFlags>

/** The pieces of a pattern that read differently, tried in this order; what none of them takes stands for itself. */
const PIECES: readonly (readonly [RegExp, (match: RegExpExecArray, meaning: Meaning) => string])[] = [
  [/\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]/y, ([text]) => translateClass(text)],
  [/\(\?P<([A-Za-z_]\w*)>/y, ([, name]) => `(?<${name}>`],
  [/\(\?P=([A-Za-z_]\w*)\)/y, ([, name]) => `(?:\\k<${name}>)`],
  [/\(\?#[^)]*\)/y, () => ''],
  [/\(\?(?:[:=!]|<[=!])/y, ([text]) => text],
  [/\(\?>/y, () => unsupported('(?>…)', 'an atomic group')],
  [/\(\?\(/y, () => unsupported('(?(…)…)', 'a condition')],
  [/\(\?[a-zA-Z-]*[:)]/y, ([text]) => unsupported(text, 'a flag that is not at the start')],
  [/(?:[*+?]|\{\d*,?\d*\})\+/y, ([text]) => unsupported(text, 'a possessive quantifier')],
  [/\{(\d+(?:,\d*)?)\}/y, ([text]) => text],
  [/\{,(\d+)\}/y, ([, most]) => `{0,${most}}`],
  [/\\([1-9]\d?)/y, ([, group]) => `(?:\\${group})`],
  [/\\A/y, () => '(?<![\\s\\S])'],
  [/\\Z/y, () => '(?![\\s\\S])'],
  [/\\s/y, () => '[ \\t\\n\\r\\f\\v]'],
  [/\\S/y, () => '[^ \\t\\n\\r\\f\\v]'],
  [/\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|0[0-7]{0,2}|[\s\S])/y, ([text]) => translateEscape(text)],
  [/\^/y, (_match, { multiline }) => (multiline ? '(?<![^\\n])' : '(?<![\\s\\S])')],
  [/\$/y, (_match, { multiline }) => (multiline ? '(?![^\\n])' : '(?=\\n?(?![\\s\\S]))')],
  [/\./y, (_match, { dotAll }) => (dotAll ? '[\\s\\S]' : '[^\\n]')],
  [/[\]{}]/y, ([text]) => `\\${text}`],
]

function translate(source: string, meaning: Meaning): string {
  let translated = ''
  for (let at = 0; at < source.length; ) {
    const [length, text] = nextPiece(source, at, meaning)
    translated += text
    at += length
  }
  return translated
}

function nextPiece(source: string, at: number, meaning: Meaning): readonly [number, string] {
  for (const [piece, rewrite] of PIECES) {
    piece.lastIndex = at
    const match = piece.exec(source)
    if (match) return [match[0].length, rewrite(match, meaning)]
  }
  return [1, source.charAt(at)]
}

/** `[]a]` and `[^]a]` begin with a bracket that stands for itself, and an open bracket inside needs no backslash in Python. */
function translateClass(text: string): string {
  const [, start = '', body = ''] = /^(\[\^?)([\s\S]*)\]$/.exec(text) ?? []
  const translated = body.replace(/\\s|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|0[0-7]{0,2}|[\s\S])|[[\]{}()/|]/g, (piece) => {
    if (piece === '\\s') return ' \\t\\n\\r\\f\\v'
    if (piece === '\\b') return '\\x08'
    if (piece === '\\-') return piece
    return piece.startsWith('\\') ? translateEscape(piece) : `\\${piece}`
  })
  return `${start}${translated}]`
}

function translateEscape(text: string): string {
  const letter = text.charAt(1)
  if (letter === 'a') return '\\x07'
  if (letter === 'U') return `\\u{${text.slice(2).replace(/^0+(?=.)/, '')}}`
  if (letter === '0') return `\\x${Number.parseInt(text.slice(1), 8).toString(16).padStart(2, '0')}`
  if (/[bBdDwWSnrtfvxu]/.test(letter)) return text
  if (/[A-Za-z]/.test(letter)) throw new PatternError(`the escape \`${text}\` is not supported`)
  return /[$()*+./?[\\\]^{|}]/.test(letter) ? text : letter
}

function unsupported(text: string, what: string): never {
  throw new PatternError(`\`${text}\` (${what}) is not supported`)
}
