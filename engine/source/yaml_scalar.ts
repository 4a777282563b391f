import type { ScalarNode } from '../core/node.ts'

type Plain = ScalarNode['value']

/** Thrown away precision is worse than an error, above all for amounts of tokens. */
export class TooPrecise extends Error {}

/**
 * What an unquoted scalar stands for, by the rules of YAML 1.1 as Ansible reads it. Dates stay text.
 * Throws `TooPrecise` for a whole number that a double cannot hold.
 */
export function typed(text: string): Plain {
  if (NULL.test(text)) return null
  if (BOOLEAN.test(text)) return TRUE.test(text)
  if (INTEGER.test(text)) return integer(text)
  if (FLOAT.test(text)) return float(text)
  return text
}

// The patterns are those of YAML 1.1 as PyYAML narrows them: `1e3` and `0o17` are text, `1_000` and `1:30` are numbers.
const NULL = /^(?:~|null|Null|NULL|)$/
const BOOLEAN = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const TRUE = /^(?:yes|true|on)$/i
const INTEGER = /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

function integer(text: string): number | string {
  const digits = text.replaceAll('_', '')
  const size = magnitude(digits.replace(/^[-+]/, ''))
  if (size === undefined) return text
  if (!Number.isSafeInteger(size)) throw new TooPrecise(text)
  return digits.startsWith('-') && size !== 0 ? -size : size
}

function magnitude(digits: string): number | undefined {
  if (digits.includes(':')) return sexagesimal(digits)
  const number = /^0[0-7]/.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
  return Number.isNaN(number) ? undefined : number
}

function float(text: string): number {
  const digits = text.replaceAll('_', '').toLowerCase()
  const sign = digits.startsWith('-') ? -1 : 1
  const rest = digits.replace(/^[-+]/, '')
  if (rest === '.inf') return sign * Number.POSITIVE_INFINITY
  if (rest === '.nan') return Number.NaN
  return sign * (rest.includes(':') ? sexagesimal(rest) : Number(rest))
}

function sexagesimal(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}
