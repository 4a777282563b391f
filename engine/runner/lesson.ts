import type { Value } from '../core/json.ts'
import type { Result } from '../core/result.ts'
import { foretold } from '../playbook/foretold.ts'
import type { Pending } from '../playbook/pending.ts'
import { Lazy, type Term } from '../playbook/term.ts'

/** What a task taught: names and what they stand for now, `Pending` for a value that check mode cannot know. */
export interface Lesson {
  readonly [name: string]: Term | Pending
}

/** How a task is carried out. */
export interface Mode {
  /** The run is in check mode. */
  readonly check: boolean
  /** The task is carried out in it all the same (`check_mode: false`). */
  readonly inEarnest: boolean
}

/** What a name that registers a result stands for. In check mode, what only carrying the task out would tell is to come. */
export function registeredTerm(name: string, result: Result, { check, inEarnest }: Mode): Term {
  if (!check) return result.registered
  if (!result.pending) return result.status === 'changed' && !inEarnest ? keysSoFar(name, result.registered) : result.registered
  return foretold(name, result.status === 'changed' ? { changed: true, failed: false } : {})
}

/** The keys of a result whose change was only predicted; the change may add to them. */
function keysSoFar(name: string, registered: Result['registered']): Term {
  const { results } = registered
  if (!Array.isArray(results)) return foretold(name, registered)
  const items = (results as readonly { readonly [key: string]: Value }[]).map((item) =>
    item['changed'] === true ? foretold(name, item) : item,
  )
  return foretold(name, {
    ...registered,
    results: new Lazy({ list: true, keys: () => Object.keys(items), get: (key) => items[Number(key)] }),
  })
}
