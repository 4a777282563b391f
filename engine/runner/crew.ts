import type { LimitFunction } from 'p-limit'
import { Rejected } from '../core/diagnostic.ts'
import type { Emit, TaskRef } from '../core/event.ts'
import type { Value } from '../core/json.ts'
import type { Include, Play, Step, Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { notified } from '../playbook/handlers.ts'
import type { Expander } from '../playbook/include.ts'
import { checkRoleCall } from '../playbook/role_call.ts'
import { render, type Scope, type ScopeLayer } from '../playbook/scope.ts'
import type { Actor } from './actor.ts'
import type { Crew, Performed } from './batch.ts'
import { carryOut } from './carry_out.ts'
import { control } from './control.ts'
import { isRescued } from './cursor.ts'
import type { Job, Look } from './job.ts'
import { looksAhead } from './lookahead.ts'
import type { Member } from './member.ts'
import { labelOf, paramsOf, prepare, type Preparing } from './prepare.ts'
import { asResult } from './outcome.ts'
import { parseOwed } from './owed.ts'
import { ok, skipped } from './results.ts'
import { selectSteps } from './select.ts'
import { saveFetched, savePath } from './save.ts'
import { slot } from './slot.ts'
import { asOf } from './target.ts'
import { rejected, runTask } from './task_run.ts'

export interface CrewOptions extends Preparing {
  readonly play: Play
  /** The handlers of the play; included roles add theirs. */
  readonly handlers: Task[]
  readonly expander: Expander
  readonly actors: ReadonlyMap<string, Actor>
  /** The host a task is delegated to, whether or not the inventory knows it. */
  readonly delegate: (name: string) => Actor
  readonly forks: LimitFunction
  readonly emit: Emit
  readonly ask: ((prompt: string) => Promise<void>) | undefined
  /** `meta: clear_host_errors`. */
  readonly clearErrors: () => void
  /** Whether `--tags` and `--skip-tags` take the task. */
  readonly selects: (task: { readonly tags: readonly string[] }) => boolean
}

/** Looks taken ahead after a change: it is likely not the last one, and each makes some of them stale. */
const WINDOW_AFTER_CHANGE = 12

/** The hands of a batch: binds a task to a host, and carries it out there or here. */
export function createCrew(options: CrewOptions): Crew {
  const throttles = new Map<Task, LimitFunction>()
  return {
    perform: async (task, member) => await slot(task, member, { options, throttles })(() => perform(task, member, options)),
    share: (task, from, to) => {
      const lesson = options.actors.get(from)?.lessons.get(task)
      if (lesson) options.actors.get(to)?.variables.learn(lesson)
    },
    expand: (include, member) => expand(include, member, options),
    gather: (member) => options.forks(() => gather(member, options)),
  }
}

async function perform(task: Task, member: Member, options: CrewOptions): Promise<Performed> {
  const actor = actorOf(member, options)
  const scope = (more: readonly ScopeLayer[] = []): Scope => actor.variables.scope(options.play, task, more)
  const ref = refOf(task, scope(), options)
  const notifies = new Set<Task>()
  let delegate: string | undefined
  const result = await runTask(
    task,
    { scope, onRetry: (left) => options.emit({ kind: 'retry', host: member.name, task: ref, left }) },
    async (itemScope) => {
      const on = task.delegateTo ? options.delegate(String(render(task.delegateTo, itemScope))) : actor
      if (on !== actor) delegate = on.name
      const done = await attempt({ task, member, actor, on, scope: itemScope, ref, options }).catch(
        (error: unknown): Attempted => ({ result: asResult(error), notifies: [] }),
      )
      if (done.result.status === 'changed') for (const handler of done.notifies) notifies.add(handler)
      return done.result
    },
  )
  teach(task, actor, result)
  const rescued = result.status === 'failed' && !result.ignored && isRescued(member.cursor)
  if (rescued)
    actor.variables.learn({ ansible_failed_task: { name: ref.label, action: task.module.name }, ansible_failed_result: result.registered })
  options.emit({
    kind: 'result',
    host: member.name,
    task: ref,
    result,
    ...(delegate !== undefined && { delegate }),
    ...(rescued && { rescued }),
  })
  return { result, notifies: [...notifies], ...metaOf(task, result, { scope: scope(), options }) }
}

interface OneAttempt {
  readonly task: Task
  readonly member: Member
  readonly actor: Actor
  /** Where it is carried out: another host if it is delegated. */
  readonly on: Actor
  readonly scope: Scope
  readonly ref: TaskRef
  readonly options: CrewOptions
}

interface Attempted {
  readonly result: Result
  readonly notifies: readonly Task[]
}

async function attempt(one: OneAttempt): Promise<Attempted> {
  const { task, member, on, scope, options } = one
  if (task.module.kind === 'control') return { result: await controlled(one), notifies: notifiedBy(task, scope, options) }
  const notifies = notifiedBy(task, scope, options)
  const handlers = isHandler(task, options) ? [one.ref.label] : []
  const job: Job = { ...(await prepare(task, scope, options)), notifies: notifies.map((handler) => labelOf(handler, scope)) }
  options.emit({ kind: 'task', task: one.ref, hosts: [member.name] })
  const ahead = (touched: readonly string[]): Promise<readonly Look[]> => (on === one.actor ? upcoming(one, touched) : Promise.resolve([]))
  const result = await on.host.exclusively(() => carryOut(on.host, job, ahead))
  if (handlers.length > 0 && (result.status === 'ok' || result.status === 'changed')) on.host.release(handlers)
  return { result: await kept(result, one), notifies }
}

/** What `fetch` brought is written here, under the name of the host the task is for. */
async function kept(result: Result, { member, task, options }: OneAttempt): Promise<Result> {
  if (!result.save) return result
  const path = savePath(result.save, { host: member.name, folder: options.playbookFolder })
  return await saveFetched(result, result.save, { path, check: task.checkMode ?? options.check })
}

function upcoming({ member, actor, options }: OneAttempt, touched: readonly string[]): Promise<readonly Look[]> {
  return looksAhead(
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
    say: (text) => options.emit({ kind: 'message', host: member.name, task: ref, text }),
    ask: options.ask,
  })
}

/** Keeps what the task taught: its registered result, and for `run_once` a copy for the others. */
function teach(task: Task, actor: Actor, result: Result): void {
  const registered = task.register === undefined ? {} : { [task.register]: result.registered }
  actor.variables.learn(registered)
  if (!task.runOnce) return
  const facts = task.module.name === 'set_fact' ? (result.registered['ansible_facts'] as { readonly [name: string]: Value }) : {}
  actor.lessons.set(task, { ...facts, ...registered })
}

function metaOf(task: Task, result: Result, { scope, options }: { scope: Scope; options: CrewOptions }): Pick<Performed, 'meta'> {
  if (task.module.name !== 'meta' || result.status === 'skipped') return {}
  const verb = paramsOf(task, scope)['free_form'] as unknown as Performed['meta'] | 'noop'
  if ((verb as string) === 'clear_host_errors') options.clearErrors()
  return verb === 'noop' || verb === undefined ? {} : { meta: verb }
}

function notifiedBy(task: Task, scope: Scope, { handlers }: CrewOptions): readonly Task[] {
  if (task.notify.length === 0) return []
  const names = task.notify.flatMap((node) => render(node, scope))
  return notified(names.map(String), handlers)
}

function isHandler(task: Task, { handlers }: CrewOptions): boolean {
  return handlers.includes(task)
}

function refOf(task: Task, scope: Scope, options: CrewOptions): TaskRef {
  return {
    label: labelOf(task, scope),
    module: task.module.name,
    origin: task.origin,
    handler: isHandler(task, options),
    noLog: task.noLog,
  }
}

function actorOf({ name }: Member, { actors }: CrewOptions): Actor {
  const actor = actors.get(name)
  if (!actor) throw new Error(`nobody plays ${name}`)
  return actor
}

async function gather(member: Member, options: CrewOptions): Promise<Performed> {
  const { play, handlers, emit, becomePassword } = options
  const actor = actorOf(member, options)
  try {
    const scope = actor.variables.scope(play)
    const { facts, owed } = await actor.host.greet(asOf(play.become, scope, becomePassword))
    if (play.gatherFacts) actor.variables.learnFacts(facts)
    const labels = new Map(handlers.map((handler) => [labelOf(handler, scope), handler]))
    return { result: ok(), notifies: parseOwed(owed, [...labels.keys()]).map((label) => labels.get(label) as Task) }
  } catch (error) {
    const result = error instanceof Rejected ? rejected(error) : asResult(error)
    emit({
      kind: 'result',
      host: member.name,
      task: { label: 'first contact', module: 'setup', origin: play.origin, handler: false, noLog: false },
      result,
    })
    return { result, notifies: [] }
  }
}

async function expand(include: Include, member: Member, options: CrewOptions): Promise<readonly Step[] | Result> {
  const { variables } = actorOf(member, options)
  try {
    const scope = variables.scope(options.play, include)
    const held = options.expander.expand(include, scope, options.handlers)
    if ('condition' in held) return skipped('Conditional result was False')
    for (const call of held.roleCalls) checkRoleCall(call, scope)
    options.handlers.push(...held.handlers.filter((handler) => !options.handlers.includes(handler)))
    for (const layer of held.publicVars) variables.include(layer)
    return selectSteps(held.steps, options.selects)
  } catch (error) {
    if (error instanceof Rejected) return rejected(error)
    throw error
  }
}
