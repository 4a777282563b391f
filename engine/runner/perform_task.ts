import type { Performed } from '../batch/crew.ts'
import { isRescued } from '../batch/cursor.ts'
import type { Member } from '../batch/member.ts'
import { withheld } from '../converge/results.ts'
import type { TaskRef } from '../core/event.ts'
import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import type { Scope } from '../playbook/scope.ts'
import type { ScopeLayer } from '../playbook/scope_layer.ts'
import { owedName } from '../session/owed.ts'
import { type Actor, actorOf } from './actor.ts'
import { attempt, type Course } from './attempt.ts'
import { excused, isExcusable, told } from './check_mode.ts'
import type { Hands } from './crew_options.ts'
import type { Mode } from './lesson.ts'
import { isHandler, notifiedIfKnown } from './notices.ts'
import { labelOf, paramsOf } from './prepare.ts'
import { settleOwed } from './settle_owed.ts'
import { runTask, type TaskScope } from './task_run.ts'
import { teach } from './teach.ts'

/** Binds a task to a host, carries it out there or here, keeps what it taught, and tells of it. */
export async function performTask(task: Task, member: Member, options: Hands): Promise<Performed> {
  const bound = bind(task, member, options)
  const { actor, scope, mode } = bound
  const owedBefore = new Set(options.handlers.map(owedName).filter((name) => actor.host.owed.has(name)))
  const result = told(await underItsKeywords(bound), { mode, isDoubtful: member.doubtful.has(task) })
  teach(task, { actor, result, mode, scope: scope(), folder: options.playbookFolder })
  const due = notifiedIn(bound, result)
  if (options.check && isHandler(task, options)) actor.host.owed.foretell(owedName(task))
  if (!(task.checkMode ?? options.check)) await settleOwed(task, { actor, result, due, owedBefore, options })
  tell(bound, result)
  return { result, notifies: due, ...metaOf(task, result, { scope: scope(), options }) }
}

/** A task, the host it is for, and what becomes of it. */
interface Bound {
  readonly task: Task
  readonly member: Member
  readonly actor: Actor
  readonly scope: (more?: readonly ScopeLayer[]) => Scope
  readonly ref: TaskRef
  readonly mode: Mode
  readonly course: Course
  readonly options: Hands
}

function bind(task: Task, member: Member, options: Hands): Bound {
  const actor = actorOf(member.name, options.actors)
  const scope = (more: readonly ScopeLayer[] = []): Scope => actor.variables.scope(options.play, task, more)
  const ref = refOf(task, scope(), options)
  const mode: Mode = { check: options.check, inEarnest: task.checkMode === false }
  return { task, member, actor, scope, ref, mode, course: { notifies: new Set(), on: actor, isAgain: false }, options }
}

/** What it comes to by its loop, its conditions and its repetitions. */
async function underItsKeywords({ task, member, actor, scope, ref, mode, course, options }: Bound): Promise<Result> {
  const within: TaskScope = {
    scope,
    mode,
    signal: options.signal,
    onRetry: (left) => {
      course.isAgain = true
      options.emit({ kind: 'retry', host: member.name, task: ref, left })
    },
    onUnknown: () => void course.on.host.predicted.set('*', 'all'),
    excuse: (found) => (options.check && isExcusable(task) ? excused(course.on.host, found) : found),
  }
  return await runTask(task, within, (itemScope) => attempt({ task, member, actor, scope: itemScope, ref, options }, course))
}

/** The handlers that its items notified; of a task that could not be begun, those that it would. */
function notifiedIn({ task, scope, course: { notifies }, options }: Bound, { status }: Result): readonly Task[] {
  return status === 'unknown' && notifies.size === 0 ? [...new Set(notifiedIfKnown(task, scope(), options))] : [...notifies]
}

function tell({ task, member, actor, ref, course, options }: Bound, result: Result): void {
  const rescued = result.status === 'failed' && !result.ignored && isRescued(member.cursor)
  if (rescued)
    actor.variables.learn({ ansible_failed_task: { name: ref.label, action: task.module.name }, ansible_failed_result: result.registered })
  options.emit({
    kind: 'result',
    host: member.name,
    task: ref,
    result: mayBeTold(task, result),
    ...(course.on !== actor && { delegate: course.on.name }),
    ...(rescued && { rescued }),
  })
}

function mayBeTold({ noLog }: Task, result: Result): Result {
  return noLog ? withheld(result) : result
}

function metaOf(task: Task, result: Result, { scope, options }: { scope: Scope; options: Hands }): Pick<Performed, 'meta'> {
  if (task.module.name !== 'meta' || (result.status !== 'ok' && result.status !== 'changed')) return {}
  const verb = paramsOf(task, scope)['free_form'] as unknown as Performed['meta'] | 'noop'
  if ((verb as string) === 'clear_host_errors') options.clearErrors()
  return verb === 'noop' || verb === undefined ? {} : { meta: verb }
}

function refOf(task: Task, scope: Scope, options: Hands): TaskRef {
  return {
    label: labelOf(task, scope),
    module: task.module.name,
    origin: task.origin,
    handler: isHandler(task, options),
    noLog: task.noLog,
    ...(task.diff !== undefined && { diff: task.diff }),
  }
}
