import type { Member } from '../batch/member.ts'
import { carryOut } from '../converge/carry_out.ts'
import type { Job, Look } from '../converge/job.ts'
import { asResult } from '../converge/outcome.ts'
import type { TaskRef } from '../core/event.ts'
import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { hostNameOf } from '../playbook/keyword_value.ts'
import type { Scope } from '../playbook/scope.ts'
import { owedName } from '../session/owed.ts'
import type { Actor } from './actor.ts'
import { predicted } from './check_mode.ts'
import { control } from './control.ts'
import type { Hands } from './crew_options.ts'
import { lookAhead } from './lookahead.ts'
import { isHandler, notifiedBy } from './notices.ts'
import { permitFor } from './permit_for.ts'
import { paramsOf, prepare } from './prepare.ts'
import { saveFetched, savePath } from './save.ts'
import { asOf } from './target.ts'

/** Looks taken ahead after a change: it is likely not the last one, and each makes some of them stale. */
const WINDOW_AFTER_CHANGE = 12

/** What becomes of a task while its items and repetitions are carried out. */
export interface Course {
  /** Of all items, also those that change nothing, as in Ansible; what the task comes to in the end decides whether they count. */
  readonly notifies: Set<Task>
  /** Where it is carried out: another host if it is delegated. */
  on: Actor
  isAgain: boolean
}

/** Carries out one item, once, where it belongs. */
export async function attempt(one: Omit<OneAttempt, 'on' | 'due'>, course: Course): Promise<Result> {
  const { task, scope, options, actor } = one
  const on = task.delegateTo ? options.delegate(hostNameOf(task.delegateTo, { keyword: 'delegate_to', scope })) : actor
  course.on = on
  // It is tried again because the host may have changed by itself.
  if (course.isAgain) on.host.readings.clear()
  const due = notifiedBy(task, scope, options)
  for (const handler of due) course.notifies.add(handler)
  return await options.throttles.run(task, scope, () => carriedOut({ ...one, on, due })).catch(asResult)
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

async function carriedOut(one: OneAttempt): Promise<Result> {
  const { task, member, on, scope, options } = one
  if (task.module.name === 'pause') for (const { host } of options.actors.values()) host.readings.clear()
  if (task.module.kind === 'control') return await controlled(one)
  const prepared = await prepare(task, scope, options)
  const permit = permitFor(task, prepared, { guards: options.guards, host: on.name, folder: options.play.folder, scope })
  const handlers = on === one.actor ? one.due.map(owedName) : []
  const job: Job = { ...prepared, ...(handlers.length > 0 && { notice: { handlers, by: owedName(task) } }), ...(permit && { permit }) }
  options.emit({ kind: 'task', task: one.ref, hosts: [member.name] })
  const ahead = (touched: readonly string[]): Promise<readonly Look[]> => (on === one.actor ? upcoming(one, touched) : Promise.resolve([]))
  const result = await on.host.exclusively(() => carryOut(on.host, job, ahead))
  return await kept(job.check ? predicted(on.host, job, result) : result, one)
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
    permit: options.guards?.permit(on.name, options.play.folder),
  })
}
