import type { ComingChange } from '../converge/permit.ts'
import type { Refusal } from '../core/module.ts'
import type { Script } from '../core/script.ts'
import type { FleetPlace } from '../fleet/assemble.ts'

/** A rule that is asked before a change on a host of a fleet. */
export interface Guard {
  /** Resolves when nothing speaks against the change. Throws a `Refusal` where something does. */
  enter(change: ComingChange, place: FleetPlace): Promise<Passage>
  /** Lets go of what it holds for the run. */
  close?(): Promise<void>
}

export interface Passage {
  /** So much happened meanwhile that what was read of the host before is not to be believed. */
  readonly anew: boolean
  /** What the host itself is to make sure of in the moment of the change. */
  readonly before?: Script
  /** Whether what was said holds at this moment; left out, it does until it is left. */
  readonly isStill?: () => boolean
  /**
   * Given where the guard wants to know when the job is over, and whether it changed anything; says what is wrong with the host since, if
   * something is.
   */
  readonly leave?: (isUsed: boolean) => Promise<Refusal | undefined>
}
