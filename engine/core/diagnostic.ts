import type { Origin } from './origin.ts'

/** One problem a user can cause and mend. */
export interface Diagnostic {
  /** Stable name, listed in docs/errors.md: `unknown-param`. */
  readonly code: string
  /** One line, lower case, no full stop, true on its own. */
  readonly message: string
  readonly origin?: Origin
  /** What else was observed: host, exit code, expected and found. */
  readonly detail?: string
  /** An imperative: what to type or change. */
  readonly help?: string
  /** The other places that take part, such as the first of two colliding names. */
  readonly related?: readonly { readonly message: string; readonly origin: Origin }[]
}

/** Every problem one stage found in the user's input. Caught in `cli/main.ts` and nowhere else. */
export class Rejected extends Error {
  readonly diagnostics: readonly Diagnostic[]

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ message }) => message).join('\n'))
    this.name = 'Rejected'
    this.diagnostics = [...diagnostics].sort(byPlace)
  }
}

/** Rejects with a single problem. */
export function reject(diagnostic: Diagnostic): never {
  throw new Rejected([diagnostic])
}

/**
 * The part's value, or undefined with its problems added to the list: how a stage goes on to its next document
 * so that it can report everything at once.
 */
export function attempt<T>(problems: Diagnostic[], part: () => T): T | undefined {
  try {
    return part()
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    problems.push(...error.diagnostics)
    return undefined
  }
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  const [left, right] = [a.origin, b.origin]
  if (!left || !right) return Number(Boolean(right)) - Number(Boolean(left))
  if (left.file !== right.file) return left.file < right.file ? -1 : 1
  return left.line - right.line || left.column - right.column
}
