import type { Json } from './json.ts'
import type { Change, Outcome } from './module.ts'

/** `unknown` is for check mode alone: what the task would come to cannot be said without doing it, and `message` says why. */
export type Status = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable' | 'unknown'

/** What one task came to on one host. */
export interface Result {
  readonly status: Status
  readonly changes: readonly Change[]
  /** Why it failed, was skipped, or what it has to say. */
  readonly message?: string
  readonly help?: string
  /** What kind of failure it is, by its name in docs/errors.md; left out, that of any failed task. */
  readonly code?: string
  /** What `register` stores, in Ansible's shape. */
  readonly registered: { readonly [key: string]: Json }
  /** Failed, and the play goes on as if it had not. */
  readonly ignored?: boolean
  /** Bytes for the controller's disk (`fetch`). */
  readonly save?: NonNullable<Outcome['save']>
  /** Check mode: it would be carried out for certain; only what comes of it is not known. */
  readonly wouldRun?: true
  /** Check mode: it was not carried out, or saw what is about to change, so nobody knows what `register` would store. */
  readonly pending?: true
}
