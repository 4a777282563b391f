import type { Value } from '../core/json.ts'
import type { Node } from '../core/node.ts'

/**
 * A name that will have a value, but not yet: a fact before contact, the result of an earlier task. The runner stops
 * looking ahead here, and preflight leaves the task to the run.
 */
export class Pending extends Error {
  readonly variable: string

  constructor(variable: string) {
    super(`\`${variable}\` is not known yet`)
    this.name = 'Pending'
    this.variable = variable
  }
}

/** What is made of a value that only a host could tell, while a plan is followed without one. */
export interface Guess {
  readonly holds: (condition: Node) => boolean
  readonly items: (list: Node) => readonly Value[]
}

/** A value that only a host could tell, and no host is asked. Never met in a run. */
export class Unknown extends Error {
  readonly guess: Guess

  constructor(guess: Guess) {
    super('only a host could tell')
    this.name = 'Unknown'
    this.guess = guess
  }
}
