import { type Job, touchesOf } from '../converge/job.ts'
import { skipped, unknown } from '../converge/results.ts'
import { overlaps, type Resource } from '../core/module.ts'
import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import type { Host } from '../session/host.ts'
import type { Mode } from './lesson.ts'

/** What check mode makes of a result: a predicted change is remembered, and what was read of something it alters is out of date. */
export function predicted(host: Host, job: Job, result: Result): Result {
  if (result.status === 'changed') for (const touched of touchesOf({ ...job, check: false })) predict(host, touched, result)
  if (job.module.kind !== 'query' || !isOutdated(host, job)) return result
  return result.status === 'failed' ? excused(host, result) : { ...result, pending: true }
}

/** Who may read a directory says nothing of what is in it. */
function predict({ predicted }: Host, touched: Resource, { changes }: Result): void {
  const isOfItself = changes.length > 0 && changes.every(({ what }) => ATTRIBUTES.has(what))
  if (!isOfItself || predicted.get(touched) !== 'all') predicted.set(touched, isOfItself ? 'itself' : 'all')
}

const ATTRIBUTES: ReadonlySet<string> = new Set(['owner', 'group', 'mode'])

/** In check mode, a failure after predicted changes may only be one because they were not made. */
export function excused({ predicted }: Host, result: Result): Result {
  if (result.status !== 'failed' || predicted.size === 0) return result
  return { ...unknown(result.message ?? 'it fails now, before the changes it comes after'), ...(result.help && { help: result.help }) }
}

/** Whether a failure may be excused at all: what the controller finds wrong, such as an `assert`, is wrong with or without changes. */
export function isExcusable({ module }: Task): boolean {
  return module.kind !== 'control'
}

/** A result as the run takes it: only a check knows unknown ones, and a handler that perhaps is not notified may not change anything. */
export function told(result: Result, { mode, isDoubtful }: { readonly mode: Mode; readonly isDoubtful: boolean }): Result {
  if (result.status === 'unknown' && !mode.check) return skipped(result.message ?? '')
  if (!isDoubtful || (result.status !== 'changed' && !result.wouldRun)) return result
  return unknown('runs if a task that is unknown itself notifies it')
}

function isOutdated({ predicted }: Host, { module, params }: Job): boolean {
  const reads = module.reads?.(params) ?? ['*']
  const alters =
    (read: Resource) =>
    ([touched, what]: readonly [Resource, 'all' | 'itself']) =>
      what === 'all' ? overlaps(read, touched) : read === touched || read === '*'
  return reads.some((read) => [...predicted].some(alters(read)))
}
