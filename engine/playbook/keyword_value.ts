import { reject } from '../core/diagnostic.ts'
import type { Node } from '../core/node.ts'
import { asBoolean } from './coerce.ts'
import { render, type Scope } from './scope.ts'

/** The longest a timer of Node can wait; asked for longer, it would not wait at all. */
export const LONGEST_MS = 2 ** 31 - 1

interface Asked {
  readonly keyword: string
  readonly scope: Scope
  /** `30%` counts as 30. */
  readonly percent?: boolean
}

/** The number a keyword asks for here. Rejects what is none: a limit or a count that is not understood must never count as "no limit". */
export function numberOf(node: Node, { keyword, scope, percent = false }: Asked): number {
  const value = render(node, scope)
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : ''
  const digits = percent ? text.replace(/\s*%$/, '') : text
  const least = NOT_BELOW_ZERO.has(keyword) ? 0 : Number.NEGATIVE_INFINITY
  if (/^-?\d+(\.\d+)?$/.test(digits) && Number(digits) >= least) return Number(digits)
  return reject({
    code: 'bad-keyword',
    message: `\`${keyword}\` must be a number${percent ? ' or a percentage' : ''}${least === 0 ? ', 0 or more' : ''}, and here it is \`${text || JSON.stringify(value)}\``,
    origin: node.origin,
    help: 'write it in digits, or give the variable in it a number',
  })
}

/** Limits, of which 0 means none. */
const NOT_BELOW_ZERO: ReadonlySet<string> = new Set(['timeout', 'throttle'])

/** The name of a host a keyword asks for here. Rejects what names none: no name at all would be this machine. */
export function hostNameOf(node: Node, { keyword, scope }: Omit<Asked, 'percent'>): string {
  const value = render(node, scope)
  if ((typeof value === 'string' && /^\S+$/.test(value)) || typeof value === 'number') return String(value)
  return reject({
    code: 'bad-keyword',
    message: `\`${keyword}\` must name a host, and here it is \`${JSON.stringify(value)}\``,
    origin: node.origin,
    help: 'give the variable in it the name of a host',
  })
}

/** The yes or no a keyword asks for here. Rejects anything else. */
export function truthOf(node: Node, { keyword, scope }: Asked): boolean {
  const value = render(node, scope)
  return (
    asBoolean(value) ??
    reject({
      code: 'bad-keyword',
      message: `\`${keyword}\` must be yes or no, and here it is \`${JSON.stringify(value)}\``,
      origin: node.origin,
      help: 'give the variable in it `true` or `false`',
    })
  )
}

/** The time a keyword asks for in seconds. */
export function millisecondsOf(node: Node, asked: Omit<Asked, 'percent'>): number {
  return Math.min(numberOf(node, asked) * 1000, LONGEST_MS)
}
