import type { Value } from '../core/json.ts'
import type { Task } from '../core/plan.ts'
import type { Host } from './host.ts'
import type { Variables } from './variables.ts'

/** One host in a run: the way to it, and what is known of it. */
export interface Actor {
  readonly name: string
  readonly host: Host
  readonly variables: Variables
  /** What each `run_once` task taught this host, to be handed to the others. */
  readonly lessons: Map<Task, { readonly [name: string]: Value }>
}
