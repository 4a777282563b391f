import type { Diagnostic } from '../core/diagnostic.ts'
import { nearest } from '../source/suggest.ts'
import { keysOf, kindOf, type Term } from './term.ts'

interface Reached {
  /** The path as the user wrote it. */
  readonly written: string
  /** What the first parts of the path lead to. */
  readonly reach: (parts: readonly string[]) => Term | undefined
  /** The names that could have been meant. */
  readonly names: () => readonly string[]
}

/** Says which part of a path does not exist, and which near one does, or that the path leads to nothing. */
export function undefinedName(parts: readonly string[], { written, reach, names }: Reached): Diagnostic {
  if (reach(parts) === null) return withoutValue(written)
  const known = parts.findLastIndex((_, i) => i < parts.length - 1 && reach(parts.slice(0, i + 1)) !== undefined)
  const missing = parts[known + 1] ?? written
  if (known < 0) {
    return { code: 'undefined-variable', message: `\`${missing}\` is not defined`, ...adviceForName(missing, names()) }
  }
  const owner = parts.slice(0, known + 1)
  const value = reach(owner) ?? null
  const keys = keysOf(value)
  const message =
    keys.length > 0
      ? `\`${owner.join('.')}\` has no \`${missing}\``
      : `\`${owner.join('.')}\` is ${kindOf(value)} and has no \`${missing}\``
  return { code: 'undefined-variable', message, ...near(missing, keys) }
}

/** A name that is there and empty is not misspelt; only the user knows what should stand in its place. */
function withoutValue(written: string): Diagnostic {
  const help = `give it a value, \`""\` for an empty text; or write \`{{ default ${written} "" }}\` where none is needed`
  return { code: 'undefined-variable', message: `\`${written}\` has no value, it is \`null\``, help }
}

/** What to do about a name that does not exist. */
export function adviceForName(name: string, known: readonly string[]): { readonly help?: string } {
  if (name.startsWith('ansible_') && !known.includes(name))
    return { help: `facts stand under \`facts\`: write \`facts.${name.slice('ansible_'.length)}\`` }
  const meant = nearest(name, known)
  return meant === undefined ? {} : { help: `did you mean \`${meant}\`?` }
}

function near(name: string, known: readonly string[]): { readonly help?: string } {
  const meant = nearest(name, known)
  if (meant !== undefined) return { help: `did you mean \`${meant}\`?` }
  if (known.length === 0 || known.length > MOST_LISTED) return {}
  return { help: `there is: ${known.join(', ')}` }
}

const MOST_LISTED = 8
