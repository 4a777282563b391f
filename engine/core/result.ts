import type { Json } from './json.ts'
import type { Change, Outcome } from './module.ts'

export type Status = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable'

/** What one task came to on one host. */
export interface Result {
  readonly status: Status
  readonly changes: readonly Change[]
  /** Why it failed, was skipped, or what it has to say. */
  readonly message?: string
  readonly help?: string
  /** What `register` stores, in Ansible's shape. */
  readonly registered: { readonly [key: string]: Json }
  /** Failed, and the play goes on as if it had not. */
  readonly ignored?: boolean
  /** Bytes for the controller's disk (`fetch`). */
  readonly save?: NonNullable<Outcome['save']>
  /** Check mode: what this would do hangs on an earlier change that was only predicted. */
  readonly unknown?: string
}
