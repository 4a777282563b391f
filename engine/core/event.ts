import type { Diagnostic } from './diagnostic.ts'
import type { Origin } from './origin.ts'
import type { Result } from './result.ts'

/** How often each thing happened to one host in a run; `ok` counts what neither failed nor was skipped nor is unknown, changed ones too. */
export interface Counts {
  readonly ok: number
  readonly changed: number
  readonly unreachable: number
  readonly failed: number
  readonly skipped: number
  /** Check mode: what would come of it cannot be said. */
  readonly unknown: number
  readonly rescued: number
  readonly ignored: number
}

export interface TaskRef {
  /** `role : name`, rendered for the host. */
  readonly label: string
  readonly module: string
  readonly origin: Origin
  readonly handler: boolean
  readonly noLog: boolean
  /** What the task itself says about showing text differences, whatever the run does. */
  readonly diff?: boolean
}

/** Hosts that did not get to their end though nothing was wrong with them. */
export interface Missed {
  /** Begun, and left there. */
  readonly unfinished: readonly string[]
  /** Never met. */
  readonly notReached: readonly string[]
}

/** What happens in a run, in order. Reporters and the journal are made from these and from nothing else. */
export type Event =
  | {
      readonly kind: 'compiled'
      readonly playbooks: readonly string[]
      readonly plays: number
      readonly tasks: number
      readonly hosts: number
    }
  | { readonly kind: 'play'; readonly name: string; readonly hosts: readonly string[]; readonly batches: number }
  | { readonly kind: 'batch'; readonly number: number; readonly of: number; readonly hosts: readonly string[] }
  /** First contact with the hosts of a batch: facts and the first readings are there of so many of them. */
  | { readonly kind: 'probed'; readonly hosts: number; readonly ms: number }
  /** Some hosts begin a task that needs the network; for live progress only. */
  | { readonly kind: 'task'; readonly task: TaskRef; readonly hosts: readonly string[] }
  | {
      readonly kind: 'result'
      readonly host: string
      readonly task: TaskRef
      readonly result: Result
      /** The other host a delegated task ran on. */
      readonly delegate?: string
      /** The failed task has a `rescue`, so the host goes on there. */
      readonly rescued?: boolean
    }
  | { readonly kind: 'retry'; readonly host: string; readonly task: TaskRef; readonly left: number }
  | { readonly kind: 'reconnect'; readonly host: string; readonly reason: string }
  /** Something a person should know that is no failure. */
  | { readonly kind: 'warning'; readonly diagnostic: Diagnostic }
  /** What `debug` and `pause` say. */
  | { readonly kind: 'message'; readonly host: string; readonly task: TaskRef; readonly text: string }
  | ({
      readonly kind: 'stopped'
      readonly reason: string
      readonly batch: number
      readonly of: number
      /** Hosts that could not be met, or not any more. */
      readonly unreachable: readonly string[]
    } & Missed)
  | ({
      readonly kind: 'recap'
      readonly hosts: { readonly [host: string]: Counts }
      readonly ms: number
    } & Missed)

export type Emit = (event: Event) => void
