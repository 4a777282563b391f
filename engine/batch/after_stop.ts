import type { Task } from '../core/plan.ts'
import { type Limits, whyStop } from '../rollout/limits.ts'
import { current, enter, proceed, type Stop } from './cursor.ts'
import { isLost, type Member, takeOut } from './member.ts'
import type { BatchEnd, BatchOrder } from './order.ts'
import { reminded } from './owed.ts'

/** The batch once the abort rules have been asked, and hosts that left early have been given what they still have to do. */
export function afterStop(stop: Stop, order: BatchOrder, state: BatchEnd): BatchEnd {
  if (stop.kind === 'gather') order.onGathered?.(state.members.filter(({ counts }) => counts.ok > 0).length)
  const members = state.members.map((member) => pastIdle(member, order))
  const reason = whyStop({ size: members.length, lost: members.filter(isLost).length }, limitsAt(stop, order))
  const wouldStop = state.wouldStop ?? (order.onlyLooks ? reason : undefined)
  const why = state.stopped ?? (order.onlyLooks ? undefined : reason)
  const going = wouldStop === undefined ? state : { ...state, wouldStop }
  if (why === undefined) return { ...going, members: members.map((member) => pastIdle(forced(member, order), order)) }
  const halted = state.stopped === undefined ? members.map((member) => (isLost(member) ? member : takeOut(member, 'stopped'))) : members
  return { ...state, stopped: why, members: halted.map((member) => pastIdle(forced(member, order), order)) }
}

function limitsAt(stop: Stop, { maxFailPercentage, anyErrorsFatal }: BatchOrder): Limits {
  const fatal = stop.kind === 'task' || stop.kind === 'include' ? stop.anyErrorsFatal : anyErrorsFatal
  return { fatal, ...(maxFailPercentage !== undefined && { maxFailPercentage }) }
}

/**
 * Past handlers that were not notified, and past flushes with none that were: a host with nothing else before it is through. What it owes
 * from an earlier run is notified where it comes to its place.
 */
function pastIdle(before: Member, order: BatchOrder): Member {
  const member = reminded(before)
  const stop = current(member.cursor)
  const isDue = (handler: Task): boolean => member.notified.has(handler)
  const idleFlush = stop?.kind === 'flush' && !order.handlers.some(isDue)
  const idleHandler = stop?.kind === 'task' && order.handlers.includes(stop) && !isDue(stop)
  return idleFlush || idleHandler ? pastIdle({ ...member, cursor: proceed(member.cursor) }, order) : member
}

/** With `force_handlers`, a host that leaves early still runs what it was notified of, once. */
function forced(member: Member, { forceHandlers, handlers }: BatchOrder): Member {
  const leaves = member.out === 'stopped' || member.cursor.failed
  if (!forceHandlers || member.forced || !leaves || current(member.cursor)) return member
  return { ...member, forced: true, cursor: enter(member.cursor, handlers, [Number.MAX_SAFE_INTEGER]) }
}
