import type { Include, Step, Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import type { Member } from './member.ts'
import type { Owing } from './owed.ts'

/** What a batch needs done; the rest of it is rules. */
export interface Crew {
  /**
   * Carries out the task on the host. `member` shows where the host stands, so that looks can be taken ahead. Never rejects for what happens
   * on a host; undefined if the run was interrupted before it began.
   */
  perform(task: Task, member: Member): Promise<Performed | undefined>
  /** Hands the result of a `run_once` task to a host that did not run it. */
  share(task: Task, from: string, to: string): void
  /** First contact: reads facts, and which handlers the host still owes from an earlier run. */
  gather(member: Member): Promise<Met | undefined>
  /** What an include holds for the host; a result if it is skipped or cannot be had. */
  expand(include: Include, member: Member): Promise<Held | Result>
}

/** What an include holds for a host. */
export interface Held {
  readonly steps: readonly Step[]
  /** What the host owes from an earlier run, of the handlers it brought, or is reminded of by its steps. */
  readonly owed: readonly Owing[]
}

/** A host at first contact. */
export interface Met {
  readonly result: Result
  /** What it owes from an earlier run. */
  readonly owed: readonly Owing[]
}

export interface Performed {
  readonly result: Result
  /** The handlers it notifies if it changed something. */
  readonly notifies: readonly Task[]
  /** What a `meta` task asks of the batch. */
  readonly meta?: 'flush_handlers' | 'end_host' | 'end_batch' | 'end_play'
}
