import { Secret } from '../core/secret.ts'
import { isList, isMap, keysOf, type Term } from './term.ts'

/** What `{{#if}}` takes for true: all but `false`, nothing, `0`, and empty text, lists and maps. */
export function isTruthy(term: Term): boolean {
  if (term instanceof Secret) return term.reveal() !== ''
  if (isList(term) || isMap(term)) return keysOf(term).length > 0
  return Boolean(term)
}
