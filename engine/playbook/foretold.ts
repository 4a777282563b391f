import { Pending } from './pending.ts'
import { Lazy, type Term } from './term.ts'

/**
 * A result of which check mode knows only some keys. Who asks for another, or for all of them, gets `Pending`: whether there will be one,
 * and what it holds, is known once the task has been carried out.
 */
export function foretold(name: string, known: { readonly [key: string]: Term }): Lazy {
  const unknown = (): never => {
    throw new Pending(name)
  }
  return new Lazy({ list: false, partial: true, keys: unknown, get: (key) => (Object.hasOwn(known, key) ? known[key] : unknown()) })
}
