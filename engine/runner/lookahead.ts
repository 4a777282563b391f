import { ahead, current, type Stop } from '../batch/cursor.ts'
import type { Member } from '../batch/member.ts'
import { type Job, type Look, lookOf } from '../converge/job.ts'
import { isSystemError } from '../converge/outcome.ts'
import { Rejected } from '../core/diagnostic.ts'
import { overlaps, type Resource } from '../core/module.ts'
import { plain } from '../core/node.ts'
import type { Task } from '../core/plan.ts'
import { itemLayer, itemsOf } from '../playbook/loop_items.ts'
import { Pending, Unknown } from '../playbook/pending.ts'
import type { Coming, Scope, ScopeLayer } from '../playbook/scope.ts'
import { firstFalse } from '../playbook/when.ts'
import type { Readings } from '../session/readings.ts'

/** What looking ahead needs of the run. */
export interface Horizon {
  readonly member: Member
  readonly readings: Readings
  readonly isHandler: (task: Task) => boolean
  readonly scope: (task: Task, more: readonly ScopeLayer[]) => Scope
  readonly prepare: (task: Task, scope: Scope) => Promise<Job>
  /** Most tasks to look at beyond the current one. */
  readonly window: number
}

/** The looks that can be taken now, and the step that ends the way ahead. */
export interface Ahead {
  readonly looks: readonly Look[]
  /** Left out where no step does. */
  readonly end?: End
}

/** Why what lies behind a step cannot be looked at before it. */
export interface End {
  readonly step: Stop
  /**
   * `acts`: it may change anything. `alone`: by its keyword it runs by itself. `waits`: it hangs on a name that has no value yet. `later`: what
   * it holds is known once the host is there. `wrong`: it cannot be made ready now.
   */
  readonly why: 'acts' | 'alone' | 'waits' | 'later' | 'wrong'
  /** The name or the keyword. */
  readonly what?: string
}

/**
 * The looks that the host's next tasks will need and that are not there yet, or will be stale once `touched` is altered. The way
 * ahead ends at the first task whose params hang on a result still to come, and at the first that acts without looking: what
 * lies behind could not be looked at now and still be true then.
 */
export async function lookAhead(horizon: Horizon, touched: readonly Resource[]): Promise<Ahead> {
  const looks = new Map<string, Look>()
  const coming = new Set<string>()
  for (const step of stepsAhead(horizon)) {
    if (step.kind !== 'task') return { looks: [...looks.values()], end: { step, why: 'later' } }
    const why = isUnderWay(step, horizon) ? undefined : await addLooks(step, looks, { horizon, touched, coming })
    if (why) return { looks: [...looks.values()], end: { step, ...why } }
    for (const name of namesGivenBy(step)) coming.add(name)
  }
  return { looks: [...looks.values()] }
}

/**
 * Whether the step is the one that asks, and acts or goes by itself: the looks ride behind what it does. Not where it is done
 * several times, as each time makes them stale.
 */
function isUnderWay(task: Task, { member }: Horizon): boolean {
  const isOnce = !task.loop && task.until.length === 0
  return isOnce && task === current(member.cursor) && (task.runOnce || !isTransparent(task))
}

type Why = Omit<End, 'step'>

interface Looking {
  readonly horizon: Horizon
  readonly touched: readonly Resource[]
  readonly coming: ReadonlySet<string>
}

/** Adds what the task needs looked at; gives why nothing behind it can be, if so. */
async function addLooks(task: Task, looks: Map<string, Look>, { horizon, touched, coming }: Looking): Promise<Why | undefined> {
  const turn = await foreseen(task, coming, horizon)
  if ('why' in turn) return turn
  for (const look of turn.looks.filter((one) => !isFresh(one, horizon.readings, touched))) looks.set(look.key, look)
  return turn.acts ? { why: 'acts' } : undefined
}

/** The host's next steps, if everything goes well: tasks, and the first step of another kind that will hold some, which is the last. */
function* stepsAhead(horizon: Horizon): Generator<Stop> {
  let left = horizon.window
  for (const stop of ahead(horizon.member.cursor)) {
    if (stop.kind === 'task' && left-- < 0) return
    if (isIdle(stop, horizon)) continue
    yield stop
    if (stop.kind !== 'task') return
  }
}

/** A flush before which nothing was notified, and a handler that was not. */
function isIdle(stop: Stop, { member: { notified }, isHandler }: Horizon): boolean {
  return stop.kind === 'flush' ? notified.size === 0 : stop.kind === 'task' && isHandler(stop) && !notified.has(stop)
}

/** What a task comes to as far as that is known now. */
interface Foreseen {
  /** It does something to a host without looking first. In check mode nothing does, and what is skipped does not. */
  readonly acts: boolean
  readonly looks: readonly Look[]
}

/** What the task comes to, or why it cannot be said. */
async function foreseen(task: Task, coming: ReadonlySet<string>, { scope, prepare }: Horizon): Promise<Foreseen | Why> {
  const keyword = aloneBy(task)
  if (keyword !== undefined) return { why: 'alone', what: keyword }
  const layer: Coming = { rank: 'set_fact and register', isComing: (name) => coming.has(name) }
  try {
    const scopes = scopesOf(task, [layer], scope).filter((one) => firstFalse(task.when, one) === undefined)
    const jobs = task.module.kind === 'control' ? [] : await Promise.all(scopes.map((one) => prepare(task, one)))
    const onlyLooks = jobs.length > 0 && jobs.every(({ check }) => check)
    const acts = scopes.length > 0 && !onlyLooks && !isTransparent(task)
    return { acts, looks: jobs.map(lookOf).filter((look) => look !== undefined) }
  } catch (error) {
    if (error instanceof Pending) return { why: 'waits', what: error.variable }
    if (error instanceof Unknown || error instanceof Rejected || isSystemError(error)) return { why: 'wrong' }
    throw error
  }
}

/** The keyword by which nothing is looked at for the task before its turn. */
function aloneBy({ runOnce, delegateTo, until }: Task): string | undefined {
  if (runOnce) return 'run_once'
  if (delegateTo) return 'delegate_to'
  return until.length > 0 ? 'until' : undefined
}

/** The variables of each item of its loop, or of the task itself. */
function scopesOf(task: Task, layers: readonly ScopeLayer[], scope: Horizon['scope']): readonly Scope[] {
  const { loop } = task
  if (!loop) return [scope(task, layers)]
  return itemsOf(loop, scope(task, layers)).map((_, i, items) => scope(task, [...layers, itemLayer(loop, items, i)]))
}

function isFresh(look: Look, readings: Readings, touched: readonly Resource[]): boolean {
  const stale = look.reads.some((read) => touched.some((one) => overlaps(read, one)))
  return !stale && readings.get(look.key) !== undefined
}

const HARMLESS = new Set(['debug', 'assert', 'fail', 'set_fact'])

/** Whether looking beyond the task is of use: it looks first itself, or does nothing to a host. */
function isTransparent({ module, action }: Task): boolean {
  if (module.kind === 'control') return HARMLESS.has(module.name)
  return !action && module.kind !== 'command'
}

function namesGivenBy(task: Task): readonly string[] {
  const registered = task.register === undefined ? [] : [task.register]
  const facts = task.module.name === 'set_fact' ? Object.keys(plain(task.params) ?? {}) : []
  return [...registered, ...facts]
}
