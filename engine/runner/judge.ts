import { notRun } from '../converge/results.ts'
import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { Pending } from '../playbook/pending.ts'
import type { Scope } from '../playbook/scope.ts'
import type { ScopeLayer } from '../playbook/scope_layer.ts'
import { firstFalse } from '../playbook/when.ts'
import { type Mode, registeredTerm } from './lesson.ts'

/** The variables of an item of a task, with further layers. */
export type ScopeWith = (more: readonly ScopeLayer[]) => Scope

interface Judging {
  readonly within: { readonly mode: Mode; readonly onUnknown: () => void }
  readonly scopeWith: ScopeWith
}

/** The result as `failed_when` and `changed_when` want it seen. */
export function judged(task: Task, result: Result, judging: Judging): Result {
  if (result.pending) return asPredicted(task, result, judging)
  return result.status === 'skipped' || result.status === 'unreachable' ? result : asSeen(task, result, judging)
}

function asSeen(task: Task, result: Result, judging: Judging): Result {
  const scope = seeing(task, result, judging)
  const fails = task.failedWhen.length > 0 ? firstFalse(task.failedWhen, scope) === undefined : result.status === 'failed'
  const changes = task.changedWhen.length > 0 ? firstFalse(task.changedWhen, scope) === undefined : result.status === 'changed'
  const registered = { ...result.registered, failed: fails, changed: changes }
  if (fails) return { ...result, status: 'failed', message: result.message ?? '`failed_when` holds', registered }
  const { message, help, ...rest } = result
  const note = result.status === 'failed' || message === undefined ? {} : { message, ...(help !== undefined && { help }) }
  return { ...rest, ...note, status: changes ? 'changed' : 'ok', registered }
}

/** Without a result to ask, `changed_when` can still say that the task never changes anything. */
function asPredicted(task: Task, result: Result, judging: Judging): Result {
  const changes = result.status === 'unknown' || result.status === 'changed'
  if (changes && task.changedWhen.some((condition) => isKnownFalse(condition, seeing(task, result, judging))))
    return notRun('`changed_when` says that it changes nothing, and it is not run in check mode')
  if (result.status === 'unknown') judging.within.onUnknown()
  return result
}

/** Whether `until` holds, or without it whether the task is well. */
export function isDone(task: Task, result: Result, judging: Judging): boolean {
  if (task.until.length === 0) return result.status !== 'failed'
  return firstFalse(task.until, seeing(task, result, judging)) === undefined
}

function seeing({ register }: Task, result: Result, { within: { mode }, scopeWith }: Judging): Scope {
  if (register === undefined) return scopeWith([])
  return scopeWith([{ rank: 'set_fact and register', given: { [register]: registeredTerm(register, result, mode) } }])
}

/** The first condition that does not hold. One that is not known yet does not matter where another is known not to hold. */
export function firstKnownFalse(conditions: Task['when'], scope: Scope): Task['when'][number] | undefined {
  try {
    return firstFalse(conditions, scope)
  } catch (error) {
    const known = error instanceof Pending ? conditions.find((one) => isKnownFalse(one, scope)) : undefined
    if (known) return known
    throw error
  }
}

function isKnownFalse(condition: Task['when'][number], scope: Scope): boolean {
  try {
    return firstFalse([condition], scope) !== undefined
  } catch {
    return false
  }
}

/** Whether a task changes nothing on a host whatever comes of it, by its module or by its own word. */
export function changesNothing({ module, changedWhen }: Task, scope: Scope): boolean {
  return module.kind === 'query' || HARMLESS.has(module.name) || changedWhen.some((condition) => isKnownFalse(condition, scope))
}

const HARMLESS: ReadonlySet<string> = new Set(['assert', 'debug', 'fail', 'include_vars', 'meta', 'pause', 'set_fact', 'wait_for'])
