import type { Counts, Event, TaskRef } from '../../engine/core/event.ts'
import type { Change } from '../../engine/core/module.ts'
import type { Result } from '../../engine/core/result.ts'

/** A task at a line of a made-up playbook. */
export function taskAt(line: number, label: string, more: Partial<TaskRef> = {}): TaskRef {
  return { label, module: 'file', origin: { file: 'playbooks/site.yml', line, column: 7 }, handler: false, noLog: false, ...more }
}

/** What one host came to on one task. */
export function resultOf(host: string, task: TaskRef, result: Partial<Result> = {}): Extract<Event, { kind: 'result' }> {
  return { kind: 'result', host, task, result: { status: 'ok', changes: [], registered: {}, ...result } }
}

/** A task that changed one thing. */
export function changedOn(host: string, task: TaskRef, change: Change): Extract<Event, { kind: 'result' }> {
  return resultOf(host, task, { status: 'changed', changes: [change] })
}

/** How often each thing happened, nothing where not given. */
export function countsOf(counts: Partial<Counts> = {}): Counts {
  return { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0, unknown: 0, rescued: 0, ignored: 0, ...counts }
}
