import type { Crew } from '../batch/crew.ts'
import type { Emit } from '../core/event.ts'
import type { Play } from '../core/plan.ts'
import type { Secret } from '../core/secret.ts'
import type { Guards } from '../guard/guards.ts'
import type { Expander } from '../playbook/include.ts'
import type { CrewOptions } from './crew_options.ts'

/** How a plan is to be carried out. */
export interface RunOptions {
  readonly check: boolean
  /** Someone wants to know about every host (`drift`): each is contacted, also where no task looks at it. */
  readonly everyHost?: boolean
  readonly diff: boolean
  /** Hosts that are worked on at the same time. */
  readonly forks: number
  /** The hosts of each play, in its order, `--limit` applied. */
  readonly hostsOf: (play: Play) => readonly string[]
  readonly expander: Expander
  readonly selects: (task: { readonly tags: readonly string[] }) => boolean
  readonly forceHandlers: boolean
  readonly becomePassword?: Secret
  readonly emit: Emit
  /** Aborted: no task is begun any more; what is on its way is waited for. */
  readonly signal: AbortSignal
  /** Asks the operator to press enter; left out where nobody can answer. */
  readonly ask?: (prompt: string) => Promise<void>
  /** Asked before anything is changed on a host of a fleet; left out, nobody is. */
  readonly guards?: Guards
  /** Whose hands do the work; left out, those of `createCrew`. */
  readonly crew?: (options: CrewOptions) => Crew
}
