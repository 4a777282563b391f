import type { Node } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { Draft } from './draft.ts'
import { type Literal, pythonLiteral, StrangeLiteral } from './literal.ts'

/** A value of an INI inventory: what a Python literal stands for, any other text as it is. */
export function valueNode(text: string, { origin, draft }: { readonly origin: Origin; readonly draft: Draft }): Node {
  try {
    const literal = pythonLiteral(text)
    if (literal) return nodeOf(literal.value, { origin, raw: text })
  } catch (error) {
    if (!(error instanceof StrangeLiteral)) throw error
    const help = `quote it, and the quotes for the shell: "'${text}'"`
    draft.problems.push({ code: 'bad-value', message: `\`${text}\` cannot be kept: ${error.message}`, origin, help })
  }
  return nodeOf(text, { origin, raw: text })
}

interface Written {
  readonly origin: Origin
  readonly raw: string
}

function nodeOf(value: Literal, { origin, raw }: Written): Node {
  if (value instanceof Map) {
    const entries = [...value].map(([key, inner]: [string, Literal]) => ({
      key,
      keyOrigin: origin,
      value: nodeOf(inner, { origin, raw: String(inner) }),
    }))
    return { kind: 'map', entries, origin }
  }
  if (isList(value)) return { kind: 'list', items: value.map((item) => nodeOf(item, { origin, raw: String(item) })), origin }
  return { kind: 'scalar', value: value as string, raw, quoted: typeof value === 'string' && value !== raw, origin }
}

function isList(value: Literal): value is readonly Literal[] {
  return Array.isArray(value)
}
