import type { Node } from '../core/node.ts'
import { type Guess, Unknown } from '../playbook/pending.ts'
import { Lazy, type Term } from '../playbook/term.ts'
import type { Bound, Declared } from './as_declared.ts'

/** What only a host could tell, and the conditions that were answered in its place. */
export interface Guessing {
  readonly guess: Guess
  readonly guessed: Set<Node>
}

/** Answers for hosts: a condition holds if that takes more round trips, or fewer; a list has one item, or none. */
export function createGuessing({ bound, declared }: { readonly bound: Bound; readonly declared: Declared }): Guessing {
  const guessed = new Set<Node>()
  const guess: Guess = {
    holds: (condition) => {
      guessed.add(condition)
      return (bound === 'most') !== declared.ending.has(condition)
    },
    items: (list) => {
      guessed.add(list)
      return bound === 'most' ? [unknownValue(guess) as never] : []
    },
  }
  return { guess, guessed }
}

/** A value nothing is known of. */
export function unknownValue(guess: Guess): Lazy {
  const fail = (): never => {
    throw new Unknown(guess)
  }
  return new Lazy({ list: false, keys: fail, get: fail })
}

export type Known = { readonly [key: string]: Term }

/** A registered result of which only some keys are known. */
export function unknownResult(guess: Guess, known: Known): Lazy {
  return new Lazy({
    list: false,
    keys: () => [...new Set([...Object.keys(known), ...RESULT_KEYS])],
    get: (key) => {
      if (Object.hasOwn(known, key)) return known[key]
      throw new Unknown(guess)
    },
  })
}

/** Conditions can only ask for keys that are there. */
const RESULT_KEYS = (
  'attempts backup_file changed checksum cmd content dest elapsed encoding failed gid group headers json mode msg owner path rc ' +
  'redirected results size skipped source start stat state status stderr stderr_lines stdout stdout_lines uid unreachable url'
).split(' ')
