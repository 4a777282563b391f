import { ahead, current, type Stop } from '../batch/cursor.ts'
import type { Member } from '../batch/member.ts'
import { isRemindedBy } from '../batch/owed.ts'
import type { Look } from '../converge/job.ts'
import { overlaps, type Resource } from '../core/module.ts'
import type { Task } from '../core/plan.ts'
import type { Readings } from '../session/readings.ts'
import { foreseen, isTransparent, namesGivenBy, type Readying, type Why } from './task_ahead.ts'

/** What looking ahead needs of the run. */
export interface Horizon extends Readying {
  readonly member: Member
  readonly readings: Readings
  readonly isHandler: (task: Task) => boolean
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
export interface End extends Why {
  readonly step: Stop
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
function isIdle(stop: Stop, { member, isHandler }: Horizon): boolean {
  if (stop.kind === 'flush') return member.notified.size === 0 && !isRemindedBy(member, stop)
  return stop.kind === 'task' && isHandler(stop) && !member.notified.has(stop)
}

function isFresh(look: Look, readings: Readings, touched: readonly Resource[]): boolean {
  const stale = look.reads.some((read) => touched.some((one) => overlaps(read, one)))
  return !stale && readings.get(look.key) !== undefined
}
