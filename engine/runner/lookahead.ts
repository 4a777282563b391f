import { Rejected } from '../core/diagnostic.ts'
import { overlaps, type Resource } from '../core/module.ts'
import { plain } from '../core/node.ts'
import type { Task } from '../core/plan.ts'
import { Pending } from '../playbook/pending.ts'
import type { Coming, Scope, ScopeLayer } from '../playbook/scope.ts'
import { firstFalse } from '../playbook/when.ts'
import { ahead } from './cursor.ts'
import { type Job, type Look, lookOf } from './job.ts'
import { itemLayer, itemsOf } from '../playbook/loop_items.ts'
import type { Member } from './member.ts'
import { isSystemError } from './outcome.ts'
import type { Readings } from './readings.ts'

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

/**
 * The looks that the host's next tasks will need and that are not there yet, or will be stale once `touched` is altered. It
 * stops at the first task whose params hang on a result still to come, and at the first that acts without looking: what
 * lies behind could not be looked at now and still be true then.
 */
export async function looksAhead(horizon: Horizon, touched: readonly Resource[]): Promise<readonly Look[]> {
  const looks = new Map<string, Look>()
  const coming = new Set<string>()
  for (const task of tasksAhead(horizon)) {
    const turn = await foreseen(task, coming, horizon)
    if (turn === undefined) break
    for (const look of turn.looks.filter((one) => !isFresh(one, horizon.readings, touched))) looks.set(look.key, look)
    if (turn.acts) break
    for (const name of namesGivenBy(task)) coming.add(name)
  }
  return [...looks.values()]
}

/** The host's next tasks, if everything goes well, up to the first place where that is not known. */
function* tasksAhead({ member, window, isHandler }: Horizon): Generator<Task> {
  let left = window
  for (const stop of ahead(member.cursor)) {
    if (stop.kind === 'flush' && member.notified.size === 0) continue
    if (stop.kind !== 'task' || left-- < 0) return
    if (!isHandler(stop) || member.notified.has(stop)) yield stop
  }
}

/** What a task comes to as far as that is known now. */
interface Foreseen {
  /** It does something to a host without looking first. In check mode nothing does, and what is skipped does not. */
  readonly acts: boolean
  readonly looks: readonly Look[]
}

/** Undefined if it cannot be said. */
async function foreseen(task: Task, coming: ReadonlySet<string>, { scope, prepare }: Horizon): Promise<Foreseen | undefined> {
  if (task.runOnce || task.delegateTo || task.until.length > 0) return undefined
  const layer: Coming = { rank: 'set_fact and register', isComing: (name) => coming.has(name) }
  try {
    const scopes = scopesOf(task, [layer], scope).filter((one) => firstFalse(task.when, one) === undefined)
    const jobs = task.module.kind === 'control' ? [] : await Promise.all(scopes.map((one) => prepare(task, one)))
    const onlyLooks = jobs.length > 0 && jobs.every(({ check }) => check)
    const acts = scopes.length > 0 && !onlyLooks && !isTransparent(task)
    return { acts, looks: jobs.map(lookOf).filter((look) => look !== undefined) }
  } catch (error) {
    if (error instanceof Pending || error instanceof Rejected || isSystemError(error)) return undefined
    throw error
  }
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
