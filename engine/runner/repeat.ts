import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { millisecondsOf, numberOf } from '../playbook/keyword_value.ts'
import type { Scope } from '../playbook/scope.ts'
import { isDone, type ScopeWith } from './judge.ts'
import type { Mode } from './lesson.ts'
import { wait } from './wait.ts'

interface Repeating {
  readonly once: () => Promise<Result>
  readonly scope: Scope
  readonly scopeWith: ScopeWith
  readonly within: {
    readonly mode: Mode
    readonly onUnknown: () => void
    /** Told before each repetition. */
    readonly onRetry: (left: number) => void
    readonly signal: AbortSignal
  }
}

/** Carries a task out until it is done, as often as its `retries` allow; once if nothing says that it is to be repeated. */
export async function repeat(task: Task, repeating: Repeating): Promise<Result> {
  const { once, scope } = repeating
  const retries = retriesOf(task, scope)
  if (retries === undefined) return await once()
  return await untilDone(task, { ...repeating, retries, delayMs: delayOf(task, scope) })
}

interface Counted extends Repeating {
  readonly retries: number
  readonly delayMs: number
}

async function untilDone(task: Task, { once, scopeWith, within, retries, delayMs }: Counted): Promise<Result> {
  for (let run = 1; ; run++) {
    const result = await once()
    if (result.status === 'unreachable' || result.pending) return result
    if (isDone(task, result, { within, scopeWith })) return { ...result, registered: { ...result.registered, attempts: run } }
    // N retries are N+1 runs, and the exhausted task reports N attempts: Ansible's count, kept so that playbooks move over.
    if (run > retries) return exhausted(result, retries)
    within.onRetry(retries - run + 1)
    if (!(await wait(delayMs, within.signal))) return { ...exhausted(result, run), message: 'interrupted before it was tried again' }
  }
}

function exhausted(result: Result, retries: number): Result {
  const registered = { ...result.registered, attempts: retries, failed: true }
  return { ...result, status: 'failed', message: result.message ?? `\`until\` did not hold after ${retries + 1} runs`, registered }
}

const DEFAULT_RETRIES = 3
const DEFAULT_DELAY_MS = 5000

function retriesOf(task: Task, scope: Scope): number | undefined {
  if (task.until.length === 0 && !task.retries) return undefined
  return task.retries ? numberOf(task.retries, { keyword: 'retries', scope }) : DEFAULT_RETRIES
}

function delayOf(task: Task, scope: Scope): number {
  const ms = task.delay ? millisecondsOf(task.delay, { keyword: 'delay', scope }) : DEFAULT_DELAY_MS
  return ms < 0 ? 1000 : ms
}
