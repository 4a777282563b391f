import { failed, notRun, skipped, unknown } from '../converge/results.ts'
import { Rejected } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { millisecondsOf, truthOf } from '../playbook/keyword_value.ts'
import { itemLayer, itemsOf } from '../playbook/loop_items.ts'
import { Pending } from '../playbook/pending.ts'
import type { Scope } from '../playbook/scope.ts'
import type { ScopeLayer } from '../playbook/scope_layer.ts'
import { firstFalse } from '../playbook/when.ts'
import { changesNothing, firstKnownFalse, judged, type ScopeWith } from './judge.ts'
import type { Mode } from './lesson.ts'
import { combine } from './loop.ts'
import { hangsOn, rejected } from './not_begun.ts'
import { repeat } from './repeat.ts'
import { wait } from './wait.ts'

/** Carries out one item of a task, once, with these variables. Results only; what is wrong with the task itself is thrown. */
export type Attempt = (scope: Scope) => Promise<Result>

export interface TaskScope {
  /** The variables of the task, with further layers. */
  readonly scope: (more?: readonly ScopeLayer[]) => Scope
  /** Told before each repetition of `until`. */
  readonly onRetry: (left: number) => void
  readonly mode: Mode
  /** Check mode: told when it cannot be said what the task would do, so that it may change anything. */
  readonly onUnknown: () => void
  /** What a failure is to be taken for that may only be one because earlier changes are predicted and not made. */
  readonly excuse: (result: Result) => Result
  /** Aborted: no further item and no further repetition is begun. */
  readonly signal: AbortSignal
}

/**
 * A task on one host: its loop, its conditions, its repetitions, and what `changed_when`, `failed_when` and `ignore_errors`
 * make of the result. A task that turns out to be wrong (a name nobody defined) has failed; it does not end the run.
 */
export async function runTask(task: Task, within: TaskScope, attempt: Attempt): Promise<Result> {
  try {
    const result = task.loop ? await runLoop(task, within, attempt) : await runItem(task, within.scope(), { within, attempt })
    return ignored(task, within.scope(), result)
  } catch (error) {
    return ignored(task, within.scope(), notDone(task, within, error))
  }
}

/** What a task came to that could not be begun: its document is wrong, or check mode does not know what it needs. */
function notDone(task: Task, within: TaskScope, error: unknown): Result {
  if (error instanceof Rejected) return rejected(error)
  if (!(error instanceof Pending)) throw error
  if (changesNothing(task, within.scope())) return notRun(hangsOn(error))
  within.onUnknown()
  return unknown(hangsOn(error))
}

async function runLoop(task: Task & { readonly loop?: NonNullable<Task['loop']> }, within: TaskScope, attempt: Attempt): Promise<Result> {
  const loop = task.loop as NonNullable<Task['loop']>
  const items = itemsUnlessSkipped(task, within.scope())
  if (!items) return skipped(NOT_TRUE)
  const results: Result[] = []
  for (const [index] of items.entries()) {
    if (index > 0 && loop.pause) await wait(millisecondsOf(loop.pause, { keyword: 'pause', scope: within.scope() }), within.signal)
    if (index > 0 && within.signal.aborted) return failed(`interrupted after ${index} of ${items.length} items`)
    const layer = itemLayer(loop, items, index)
    results.push(
      await runItem(task, within.scope([layer]), { within, attempt, layers: [layer] }).catch((error) => pendingItem(task, within, error)),
    )
  }
  return combine(loop, items, results)
}

/** An item of which nothing is known leaves the others alone; what is wrong with one is wrong with the task. */
function pendingItem(task: Task, within: TaskScope, error: unknown): Result {
  if (error instanceof Pending) return notDone(task, within, error)
  throw error
}

/** The items; undefined if they cannot be had and the condition is false anyway. */
function itemsUnlessSkipped(task: Task, scope: Scope): readonly Value[] | undefined {
  try {
    return itemsOf(task.loop as NonNullable<Task['loop']>, scope)
  } catch (error) {
    if ((error instanceof Rejected || error instanceof Pending) && isFalse(task, scope)) return undefined
    throw error
  }
}

function isFalse(task: Task, scope: Scope): boolean {
  try {
    return firstFalse(task.when, scope) !== undefined
  } catch {
    return false
  }
}

interface ItemRun {
  readonly within: TaskScope
  readonly attempt: Attempt
  readonly layers?: readonly ScopeLayer[]
}

async function runItem(task: Task, scope: Scope, { within, attempt, layers = [] }: ItemRun): Promise<Result> {
  const condition = firstKnownFalse(task.when, scope)
  if (condition) return falseCondition(condition.kind === 'scalar' ? condition.raw : '')
  const scopeWith: ScopeWith = (more) => within.scope([...layers, ...more])
  const once = async (): Promise<Result> => judged(task, await attempt(scope), { within, scopeWith })
  return within.excuse(await repeat(task, { once, scope, scopeWith, within }))
}

function ignored(task: Task, scope: Scope, result: Result): Result {
  if (result.status === 'unreachable' && task.ignoreUnreachable) return { ...result, ignored: true }
  if (result.status !== 'failed' || !task.ignoreErrors) return result
  try {
    return truthOf(task.ignoreErrors, { keyword: 'ignore_errors', scope }) ? { ...result, ignored: true } : result
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    const { message = '', help } = rejected(error)
    return { ...result, message: [result.message, message].filter(Boolean).join('; '), ...(help !== undefined && { help }) }
  }
}

const NOT_TRUE = 'Conditional result was False'

function falseCondition(text: string): Result {
  const result = skipped(NOT_TRUE)
  return { ...result, registered: { ...result.registered, false_condition: text } }
}
