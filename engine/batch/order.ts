import type { Step, Task } from '../core/plan.ts'
import type { Member } from './member.ts'

/** What a batch is to do, and by which rules it ends early. */
export interface BatchOrder {
  readonly hosts: readonly string[]
  readonly sections: readonly (readonly Step[])[]
  readonly handlers: readonly Task[]
  /** Whether the hosts are met before the first task. */
  readonly gather: boolean
  readonly maxFailPercentage?: number
  /** Of the play: whether a host that cannot be met stops the others. */
  readonly anyErrorsFatal: boolean
  readonly forceHandlers: boolean
  /** Nothing is changed, so no limit stops it: who asks wants to know about every host. */
  readonly onlyLooks?: boolean
  readonly signal: AbortSignal
  /** Told how many hosts have been met, once that is known of all. */
  readonly onGathered?: (met: number) => void
}

/** How a batch ended. */
export interface BatchEnd {
  readonly members: readonly Member[]
  /** Why it stopped before its end. */
  readonly stopped?: string
  /** Why it would have, had it not only looked. */
  readonly wouldStop?: string
  /** `meta: end_play`. */
  readonly endPlay: boolean
}
