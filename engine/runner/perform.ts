import type { TaskRef } from '../core/event.ts'
import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { notified } from '../playbook/handlers.ts'
import { hostNameOf } from '../playbook/keyword_value.ts'
import { render, type Scope, type ScopeLayer } from '../playbook/scope.ts'
import { type Actor, actorOf } from './actor.ts'
import type { Performed } from './crew.ts'
import { carryOut } from '../converge/carry_out.ts'
import { control } from './control.ts'
import type { Hands } from './crew_options.ts'
import { isRescued } from './cursor.ts'
import { excused, foreseen, isExcusable, told } from './check_mode.ts'
import type { Job, Look } from '../converge/job.ts'
import type { Mode } from './lesson.ts'
import { lookAhead } from './lookahead.ts'
import type { Member } from './member.ts'
import { labelOf, paramsOf, prepare } from './prepare.ts'
import { asResult } from '../converge/outcome.ts'
import { owedName } from '../session/owed.ts'
import { withheld } from '../converge/results.ts'
import { saveFetched, savePath } from './save.ts'
import { asOf } from './target.ts'
import { runTask } from './task_run.ts'
import { teach } from './teach.ts'

/** Looks taken ahead after a change: it is likely not the last one, and each makes some of them stale. */
const WINDOW_AFTER_CHANGE = 12

/** Binds a task to a host, carries it out there or here, keeps what it taught, and tells of it. */
export async function perform(task: Task, member: Member, options: Hands): Promise<Performed> {
  const actor = actorOf(member.name, options.actors)
  const scope = (more: readonly ScopeLayer[] = []): Scope => actor.variables.scope(options.play, task, more)
  const ref = refOf(task, scope(), options)
  const owedBefore = new Set(options.handlers.map(owedName).filter((name) => actor.host.owed.has(name)))
  const course: Course = { notifies: new Set(), on: actor, isAgain: false }
  const mode: Mode = { check: options.check, inEarnest: task.checkMode === false }
  const onRetry = (left: number): void => {
    course.isAgain = true
    options.emit({ kind: 'retry', host: member.name, task: ref, left })
  }
  const onUnknown = (): void => void course.on.host.predicted.set('*', 'all')
  const excuse = (found: Result): Result => (options.check && isExcusable(task) ? excused(course.on.host, found) : found)
  const came = await runTask(task, { scope, onRetry, mode, onUnknown, excuse, signal: options.signal }, (itemScope) =>
    begin({ task, member, actor, scope: itemScope, ref, options }, course),
  )
  const result = told(came, { mode, isDoubtful: member.doubtful.has(task) })
  teach(task, { actor, result, mode, scope: scope(), folder: options.playbookFolder })
  if (result.status === 'unknown' && course.notifies.size === 0)
    for (const one of notifiedIfKnown(task, scope(), options)) course.notifies.add(one)
  const due = [...course.notifies]
  if (!(task.checkMode ?? options.check)) await settleOwed(task, { actor, result, due, owedBefore, options })
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
  return { result, notifies: due, ...metaOf(task, result, { scope: scope(), options }) }
}

function mayBeTold({ noLog }: Task, result: Result): Result {
  return noLog ? withheld(result) : result
}

/** What becomes of a task while its items and repetitions are carried out. */
interface Course {
  /** Of all items, also those that change nothing, as in Ansible; what the task comes to in the end decides whether they count. */
  readonly notifies: Set<Task>
  /** Where it is carried out: another host if it is delegated. */
  on: Actor
  isAgain: boolean
}

/** Carries out one item, once, where it belongs. */
async function begin(one: Omit<OneAttempt, 'on' | 'due'>, course: Course): Promise<Result> {
  const { task, scope, options, actor } = one
  const on = task.delegateTo ? options.delegate(hostNameOf(task.delegateTo, { keyword: 'delegate_to', scope })) : actor
  course.on = on
  // It is tried again because the host may have changed by itself.
  if (course.isAgain) on.host.readings.clear()
  const due = notifiedBy(task, scope, options)
  for (const handler of due) course.notifies.add(handler)
  return await options.throttles.run(task, scope, () => attempt({ ...one, on, due })).catch(asResult)
}

interface OneAttempt {
  readonly task: Task
  readonly member: Member
  readonly actor: Actor
  /** Where it is carried out: another host if it is delegated. */
  readonly on: Actor
  readonly scope: Scope
  readonly ref: TaskRef
  readonly options: Hands
  /** The handlers a change notifies. */
  readonly due: readonly Task[]
}

async function attempt(one: OneAttempt): Promise<Result> {
  const { task, member, on, scope, options } = one
  if (task.module.name === 'pause') for (const { host } of options.actors.values()) host.readings.clear()
  if (task.module.kind === 'control') return await controlled(one)
  const job: Job = { ...(await prepare(task, scope, options)), notifies: on === one.actor ? one.due.map(owedName) : [] }
  options.emit({ kind: 'task', task: one.ref, hosts: [member.name] })
  const ahead = (touched: readonly string[]): Promise<readonly Look[]> => (on === one.actor ? upcoming(one, touched) : Promise.resolve([]))
  const result = await on.host.exclusively(() => carryOut(on.host, job, ahead))
  return await kept(job.check ? foreseen(on.host, job, result) : result, one)
}

interface Settling {
  readonly actor: Actor
  readonly result: Result
  readonly due: readonly Task[]
  readonly owedBefore: ReadonlySet<string>
  readonly options: Hands
}

/**
 * What the host owes after the task: a change whose handlers could not be noted with it (made elsewhere, or seen only by
 * `changed_when`) is noted now; where nothing changed, nothing new is owed; a handler that has run is not owed. A failure may
 * have changed something, so what was noted before it stays.
 */
async function settleOwed(task: Task, { actor, result, due, owedBefore, options }: Settling): Promise<void> {
  const { host } = actor
  const names = due.map(owedName)
  const unnoted = names.filter((name) => !host.owed.has(name))
  const well = result.status === 'ok' || result.status === 'skipped' || result.status === 'changed'
  if (result.status === 'ok' || result.status === 'skipped') host.owed.release(names.filter((name) => !owedBefore.has(name)))
  if (well && isHandler(task, options)) host.owed.release([owedName(task)])
  if (result.status !== 'changed' || unnoted.length === 0) return
  try {
    const as = asOf(options.play.become, actor.variables.scope(options.play), options.becomePassword)
    await host.remember(as, unnoted)
  } catch {
    // They run in this run anyway; only one cut short before them would not know of them.
  }
}

/** What `fetch` brought is written here, under the name of the host the task is for. */
async function kept(result: Result, { member, task, options }: OneAttempt): Promise<Result> {
  if (!result.save) return result
  const path = savePath(result.save, { host: member.name, folder: options.playbookFolder })
  return await saveFetched(result, result.save, { path, check: task.checkMode ?? options.check })
}

async function upcoming({ member, actor, options }: OneAttempt, touched: readonly string[]): Promise<readonly Look[]> {
  const ahead = await lookAhead(
    {
      member,
      readings: actor.host.readings,
      isHandler: (task) => isHandler(task, options),
      scope: (task, more) => actor.variables.scope(options.play, task, more),
      prepare: (task, scope) => prepare(task, scope, options),
      window: touched.length > 0 ? WINDOW_AFTER_CHANGE : Number.POSITIVE_INFINITY,
    },
    touched,
  )
  options.onAhead?.(member.name, ahead)
  return ahead.looks
}

async function controlled({ task, member, actor, on, scope, ref, options }: OneAttempt): Promise<Result> {
  return await control({
    task,
    params: paramsOf(task, scope),
    scope,
    variables: task.delegateFacts ? on.variables : actor.variables,
    host: on.host,
    as: asOf(task.become, scope, options.becomePassword),
    check: task.checkMode ?? options.check,
    playbookFolder: options.playbookFolder,
    documents: (files) => options.sources.documents(files),
    say: (text) => {
      if (!task.noLog) options.emit({ kind: 'message', host: member.name, task: ref, text })
    },
    ask: options.ask,
    signal: options.signal,
  })
}

function metaOf(task: Task, result: Result, { scope, options }: { scope: Scope; options: Hands }): Pick<Performed, 'meta'> {
  if (task.module.name !== 'meta' || (result.status !== 'ok' && result.status !== 'changed')) return {}
  const verb = paramsOf(task, scope)['free_form'] as unknown as Performed['meta'] | 'noop'
  if ((verb as string) === 'clear_host_errors') options.clearErrors()
  return verb === 'noop' || verb === undefined ? {} : { meta: verb }
}

function notifiedBy(task: Task, scope: Scope, { handlers }: Hands): readonly Task[] {
  if (task.notify.length === 0) return []
  const names = task.notify.flatMap((node) => render(node, scope))
  return notified(names.map(String), handlers)
}

/** The handlers of a task that could not be begun. */
function notifiedIfKnown(task: Task, scope: Scope, options: Hands): readonly Task[] {
  try {
    return notifiedBy(task, scope, options)
  } catch {
    return []
  }
}

function isHandler(task: Task, { handlers }: Hands): boolean {
  return handlers.includes(task)
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
