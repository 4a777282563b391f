import type { Value } from '../core/json.ts'
import { Rejected } from '../core/diagnostic.ts'
import { Secret } from '../core/secret.ts'
import { Pending } from './pending.ts'
import type { Scope } from './scope.ts'
import { Lazy, type Term } from './term.ts'

const SELF = Symbol('variables')

/** The variables of a scope as CEL reads them: only those an expression names are looked at. */
export class CelVariables extends Map<unknown, unknown> {
  /** The first error in reading a value, wherever in the expression it was needed. */
  failure: unknown
  /** The first name that does not exist. */
  missing: string | undefined
  readonly #scope: Scope

  constructor(scope: Scope) {
    super()
    this.#scope = scope
  }

  override get(name: unknown): unknown {
    if (name === SELF) return this
    const value = this.#guarded(() => this.#scope.lookup(String(name)))
    if (value === undefined) this.missing ??= String(name)
    return value
  }

  /** Whether a piece of the expression leads to a value. What is not known yet is neither. */
  isDefined(run: () => unknown): boolean {
    const { failure, missing } = this
    try {
      return run() !== undefined
    } catch (error) {
      if (error instanceof Pending || !isMissing(error)) throw error
      this.failure = failure
      this.missing = missing
      return false
    }
  }

  #guarded(read: () => Term | undefined): unknown {
    try {
      const term = read()
      return term === undefined ? undefined : this.#toCel(term)
    } catch (error) {
      this.failure ??= error
      throw error
    }
  }

  #toCel(term: Term): unknown {
    if (!(term instanceof Lazy)) return finished(term)
    if (term.list) return term.keys().map((key) => this.#toCel(term.get(key) ?? null))
    if (term.partial) return this.#partial(term)
    const map: Record<string, unknown> = {}
    for (const key of term.keys()) {
      Object.defineProperty(map, key, { enumerable: true, get: () => this.#guarded(() => term.get(key)) })
    }
    return map
  }

  /** CEL looks for a key before it reads it: every key is there, and reading one that is still to come says so. */
  #partial(term: Lazy): unknown {
    const read = (key: string | symbol): unknown => (typeof key === 'symbol' ? undefined : this.#guarded(() => term.get(key)))
    return new Proxy<Record<string, unknown>>(
      {},
      {
        get: (target, key) => (key === 'constructor' ? target.constructor : read(key)),
        getOwnPropertyDescriptor: (_, key) => ({ configurable: true, enumerable: true, value: read(key) }),
        ownKeys: () => this.#guarded(() => void term.keys()) as never,
      },
    )
  }
}

/** The variables an expression is being evaluated with, seen from inside one of its functions. */
export function currentVariables(context: { readonly getValue: (name: unknown) => unknown }): CelVariables {
  return context.getValue(SELF) as CelVariables
}

const MISSING = new Set(['unknown_variable', 'no_such_key', 'index_out_of_bounds'])

function isMissing(error: unknown): boolean {
  if (error instanceof Rejected) return error.diagnostics.every(({ code }) => code === 'undefined-variable')
  return error instanceof Error && 'code' in error && MISSING.has(String(error.code))
}

// Facts and results are immutable and large, and every condition of every task looks at them.
const converted = new WeakMap<object, unknown>()

/** Whole numbers become CEL's `int`, so that `height + 1` works; secrets can be compared, since only a boolean comes out. */
function finished(value: Value): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  if (value instanceof Secret) return value.reveal()
  if (typeof value !== 'object' || value === null) return value
  const known = converted.get(value)
  if (known !== undefined) return known
  const made = Array.isArray(value)
    ? (value as readonly Value[]).map(finished)
    : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, finished(inner as Value)]))
  converted.set(value, made)
  return made
}
