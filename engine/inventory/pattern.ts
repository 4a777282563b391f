import { parseAddress } from './address.ts'

/** One part of a host pattern: `web`, `&eu`, `!web-3`, `~db\d`, `web[0:2]`. */
export interface PatternPart {
  readonly sign: '' | '&' | '!'
  /** Without sign and subscript. */
  readonly expression: string
  /** Sign and subscript included, as written. */
  readonly text: string
  readonly subscript?: Subscript
}

/** Positions in the list of matches, counted from 0, both ends included; a single one may count from the end. */
export interface Subscript {
  readonly first: number
  readonly last?: number
}

/** Why a pattern cannot be read, and what to write. */
export class BadPattern extends Error {
  readonly help: string

  constructor(message: string, help: string) {
    super(message)
    this.help = help
  }
}

/** The parts of a pattern in the order written. Divides at commas, or at colons that are no part of an address or range. Throws `BadPattern`. */
export function parsePattern(text: string): readonly PatternPart[] {
  const parts = divided(text).filter((part) => part !== '')
  if (parts.length === 0) throw new BadPattern('a pattern is empty', 'name hosts or groups; `all` stands for all of them')
  return parts.map(parsePart)
}

/** The test for names that a part's expression stands for: a regular expression, a glob or an exact name. Throws `BadPattern`. */
export function matcher(expression: string): (name: string) => boolean {
  if (expression.startsWith('~')) {
    const pattern = regular(expression.slice(1))
    return (name) => pattern.test(name)
  }
  if (!/[*?[]/.test(expression)) return (name) => name === expression
  const pattern = glob(expression)
  return (name) => pattern.test(name)
}

/** Whether the expression may stand for several names, so that matching none is no mistake in itself. */
export function isWild(expression: string): boolean {
  return expression.startsWith('~') || /[*?[]/.test(expression)
}

function divided(text: string): readonly string[] {
  if (text.includes(',')) return text.split(',').map((part) => part.trim())
  if (parseAddress(text)) return [text]
  const parts = text.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? []
  // Left out, as Ansible does, `web[0` would be all of `web`.
  if (/[[\]]/.test(text.replace(/\[[^\]]*\]/g, '')))
    throw new BadPattern(`a bracket in \`${text}\` stands alone`, 'write `name[0]` or `name[0:2]`')
  return parts
}

function parsePart(text: string): PatternPart {
  const sign = text.startsWith('&') || text.startsWith('!') ? (text[0] as '&' | '!') : ''
  const body = text.slice(sign.length)
  if (body === '') throw new BadPattern(`\`${text}\` names nothing`, `write a host or a group after the \`${text}\`, or remove it`)
  if (COUNTS_FROM_END.test(body)) {
    throw new BadPattern(`the range in \`${body}\` counts from the end`, 'write a single `[-1]`, or a range from 0: `[0:2]`')
  }
  const [, expression, inside = ''] = body.startsWith('~') ? [] : (SUBSCRIPTED.exec(body) ?? [])
  return expression === undefined ? { sign, expression: body, text } : { sign, expression, text, subscript: subscriptOf(inside, body) }
}

function subscriptOf(inside: string, body: string): Subscript {
  const [, begin, end] = /^([0-9]+)[:-]([0-9]*)$/.exec(inside) ?? []
  if (begin === undefined) return { first: Number(inside), last: Number(inside) }
  if (end === undefined || end === '') return { first: Number(begin) }
  if (Number(end) < Number(begin)) throw new BadPattern(`the range in \`${body}\` ends before it begins`, 'swap its ends')
  return { first: Number(begin), last: Number(end) }
}

const COUNTS_FROM_END = /^[^~].*\[-[0-9]+[:-][0-9]*\]$/
const SUBSCRIPTED = /^(.+)\[(-?[0-9]+|[0-9]+[:-][0-9]*)\]$/

/** Anchored at the start only, as Ansible has it. */
function regular(source: string): RegExp {
  const [, flags = '', rest = source] = /^\(\?([imsx]+)\)(.*)$/s.exec(source) ?? []
  try {
    return new RegExp(`^(?:${rest.replaceAll('(?P<', '(?<')})`, flags.replace('x', ''))
  } catch {
    throw new BadPattern(`\`~${source}\` is no regular expression`, 'check its brackets')
  }
}

/** `*`, `?`, `[abc]` and `[!abc]`, for the whole name. */
function glob(expression: string): RegExp {
  const source = expression.replace(/\[(!?)(\]?[^\]]*)\]|[\s\S]/g, (piece, not: string | undefined, members: string | undefined) => {
    if (members !== undefined) return `[${not === '!' ? '^' : ''}${members.replace(/[\\\]^[]/g, '\\$&')}]`
    if (piece === '*') return '.*'
    return piece === '?' ? '.' : piece.replace(/[\\^$.|+()[\]{}]/g, '\\$&')
  })
  try {
    return new RegExp(`^(?:${source})$`, 's')
  } catch {
    throw new BadPattern(`\`${expression}\` is no pattern`, 'check what stands in its brackets')
  }
}
