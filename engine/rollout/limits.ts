import type { Play } from '../core/plan.ts'
import { numberOf } from '../playbook/keyword_value.ts'
import type { Scope } from '../playbook/scope.ts'

/** What stands against going on after a task, counted over one batch. */
export interface Tally {
  /** Hosts the batch began with. */
  readonly size: number
  /** Hosts that failed for good or could not be reached; a host that its rescue brought back is not among them. */
  readonly lost: number
}

export interface Limits {
  /** 0 to 100; the batch stops when more than this share of its hosts is lost. Left out: all may be. */
  readonly maxFailPercentage?: number
  /** One lost host stops everything: `any_errors_fatal`, or a `run_once` task that failed. */
  readonly fatal: boolean
}

/** The limit a play sets, its template read with these variables; nothing if it sets none. */
export function limitOf({ maxFailPercentage: node }: Pick<Play, 'maxFailPercentage'>, scope: Scope): Pick<Limits, 'maxFailPercentage'> {
  return node ? { maxFailPercentage: numberOf(node, { keyword: 'max_fail_percentage', scope, percent: true }) } : {}
}

/**
 * Why the play must stop here, or undefined to go on. Asked after every task, so neither `rescue` nor `always` nor the end of
 * a batch can carry a rollout past its limit, and a host that cannot be reached counts like one that failed.
 */
export function whyStop({ size, lost }: Tally, { maxFailPercentage, fatal }: Limits): string | undefined {
  if (lost === 0) return undefined
  if (fatal) return `${hosts(lost)} failed, and any failure is fatal here`
  // Compared as whole numbers: 1 of 3 against 33.3 must not hang on how a fraction rounds.
  if (maxFailPercentage !== undefined && lost * 100 > maxFailPercentage * size) {
    return `${lost} of ${size} hosts failed, more than \`max_fail_percentage: ${maxFailPercentage}\` allows`
  }
  if (lost === size) return size === 1 ? 'the only host of the batch failed' : `all ${size} hosts of the batch failed`
  return undefined
}

function hosts(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`
}
