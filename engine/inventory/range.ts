import { type Address, parseAddress } from './address.ts'

/** The hosts that a name with ranges such as `web[01:20].eu` stands for, in order. */
export interface Expansion {
  readonly names: readonly string[]
  readonly port?: number
}

/** Why a name with ranges stands for nothing, and what to write instead. */
export class BadRange extends Error {
  readonly help: string

  constructor(message: string, help: string) {
    super(message)
    this.help = help
  }
}

/** Expands every range of a name, the leftmost slowest. Throws `BadRange`. A name in no known form stands for itself. */
export function expandHosts(text: string): Expansion {
  const address: Address = parseAddress(text) ?? { host: text }
  if (text.endsWith(':') && address.port === undefined)
    throw new BadRange(`\`${text}\` ends in a colon`, 'write the port after it, or drop it')
  const names = expanded(address.host)
  return address.port === undefined ? { names } : { names, port: address.port }
}

/** A single line cannot name more hosts than this. */
const MOST_HOSTS = 100_000
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const FORM = 'write `[begin:end]` or `[begin:end:step]`'

function expanded(text: string): readonly string[] {
  const open = text.indexOf('[')
  if (open < 0) return [text]
  const close = text.indexOf(']', open)
  if (close < 0) throw new BadRange(`\`${text}\` has a \`[\` without its \`]\``, FORM)
  if (text.lastIndexOf(']', open) >= 0) throw new BadRange(`\`${text}\` has a \`]\` without its \`[\``, FORM)
  const tails = expanded(text.slice(close + 1))
  const middles = rangeOf(text.slice(open + 1, close))
  if (tails.length * middles.length > MOST_HOSTS)
    throw new BadRange(`\`${text}\` stands for more than ${MOST_HOSTS} hosts`, 'check its ends')
  return middles.flatMap((middle) => tails.map((tail) => text.slice(0, open) + middle + tail))
}

function rangeOf(text: string): readonly string[] {
  const bounds = text.split(':')
  const [begin = '', end = '', stepText = '1'] = bounds
  if (bounds.length < 2 || bounds.length > 3) throw new BadRange(`\`[${text}]\` is no range`, FORM)
  if (end === '') throw new BadRange(`the range \`[${text}]\` has no end`, FORM)
  const step = Number(stepText)
  if (!/^\d+$/.test(stepText) || step === 0) throw new BadRange(`the range \`[${text}]\` has a step that is no positive number`, FORM)
  if (/^[a-zA-Z]$/.test(begin) && /^[a-zA-Z]$/.test(end)) return letters({ text, begin, end, step })
  return numbers({ text, begin: begin || '0', end, step })
}

interface Range {
  readonly text: string
  readonly begin: string
  readonly end: string
  readonly step: number
}

function letters({ text, begin, end, step }: Range): readonly string[] {
  const [first, last] = [LETTERS.indexOf(begin), LETTERS.indexOf(end)]
  if (first > last) throw new BadRange(`the range \`[${text}]\` ends before it begins`, 'swap its ends; small letters come before capitals')
  return [...LETTERS.slice(first, last + 1)].filter((_, i) => i % step === 0)
}

function numbers({ text, begin, end, step }: Range): readonly string[] {
  if (!/^\d+$/.test(begin) || !/^\d+$/.test(end)) {
    throw new BadRange(`the ends of the range \`[${text}]\` are neither two numbers nor two letters`, FORM)
  }
  const width = begin.length > 1 && begin.startsWith('0') ? begin.length : 0
  if (width > 0 && end.length !== width) {
    throw new BadRange(`the ends of the range \`[${text}]\` differ in length`, `write the end with ${width} digits, as the beginning`)
  }
  const [first, last] = [Number(begin), Number(end)]
  if (first > last) throw new BadRange(`the range \`[${text}]\` ends before it begins`, 'swap its ends')
  const count = Math.floor((last - first) / step) + 1
  if (count > MOST_HOSTS) throw new BadRange(`the range \`[${text}]\` stands for more than ${MOST_HOSTS} hosts`, 'check its ends')
  return Array.from({ length: count }, (_, i) => String(first + i * step).padStart(width, '0'))
}
