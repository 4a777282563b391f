import type { LimitFunction } from 'p-limit'
import type { Emit } from '../core/event.ts'
import type { Play, Task } from '../core/plan.ts'
import type { Guards } from '../guard/guards.ts'
import type { Expander } from '../playbook/include.ts'
import type { Actor } from './actor.ts'
import type { Ahead } from './lookahead.ts'
import type { Preparing } from './prepare.ts'
import type { Throttles } from './throttles.ts'

/** What a crew works with. */
export interface CrewOptions extends Preparing {
  readonly play: Play
  /** The handlers of the play; included roles add theirs. */
  readonly handlers: Task[]
  readonly expander: Expander
  readonly actors: ReadonlyMap<string, Actor>
  /** The host a task is delegated to, whether or not the inventory knows it. */
  readonly delegate: (name: string) => Actor
  readonly forks: LimitFunction
  readonly emit: Emit
  readonly ask: Ask | undefined
  /** Told how far each look ahead reached, for explaining a plan. */
  readonly onAhead?: (host: string, ahead: Ahead) => void
  /** `meta: clear_host_errors`. */
  readonly clearErrors: () => void
  /** Whether `--tags` and `--skip-tags` take the task. */
  readonly selects: (task: { readonly tags: readonly string[] }) => boolean
  /** Asked before anything is changed on a host of a fleet. */
  readonly guards?: Guards
  /** Aborted: nothing is begun any more. */
  readonly signal: AbortSignal
}

/** Asks the operator to press enter. */
export type Ask = (prompt: string) => Promise<void>

/** What the tasks of a batch share beyond what they were given. */
export interface Hands extends CrewOptions {
  readonly throttles: Throttles
}
