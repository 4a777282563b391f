import type { Counts } from '../core/event.ts'
import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import type { Place } from './owed.ts'
import { type Cursor, current, enter, fail, isDoomed, isRescued, leave, proceed } from './cursor.ts'

/** One host in a batch: where it stands, what it has been notified of, and how it fared. A value; every change makes a new one. */
export interface Member {
  readonly name: string
  readonly cursor: Cursor
  /** Handlers to run at the next flush. */
  readonly notified: ReadonlySet<Task>
  /** Those among them that only tasks have notified of which check mode cannot say whether they change anything. */
  readonly doubtful: ReadonlySet<Task>
  /** Handlers owed from an earlier run, and from where on each counts as notified, or that it was. */
  readonly owed: ReadonlyMap<Task, Place | 'notified'>
  readonly counts: Counts
  /** Set once the host is out of the play before its end. */
  readonly out?: 'unreachable' | 'stopped' | 'ended'
  /** It has left early and is running its forced handlers, or has; or it left because a handler failed, and runs no more of them. */
  readonly forced?: boolean
}

export const NO_COUNTS: Counts = { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0, unknown: 0, rescued: 0, ignored: 0 }

export function join(name: string, cursor: Cursor): Member {
  return { name, cursor, notified: new Set(), doubtful: new Set(), owed: new Map(), counts: NO_COUNTS }
}

/** Whether the host failed for good or cannot be reached: what every abort rule counts. */
export function isLost({ cursor, out }: Member): boolean {
  return out === 'unreachable' || isDoomed(cursor)
}

/** The member after a result of its own: counted, notified, and moved on by the rules of blocks. */
export function settleResult(member: Member, result: Result, notifies: readonly Task[]): Member {
  const counted = { ...member, counts: add(member, result) }
  if (result.status === 'unreachable') {
    if (result.ignored) return { ...counted, cursor: proceed(member.cursor) }
    return { ...counted, cursor: leave(member.cursor), out: 'unreachable' }
  }
  if (result.status === 'failed' && !result.ignored) return { ...counted, cursor: fail(member.cursor) }
  return { ...counted, ...noticed(member, result, notifies), cursor: proceed(member.cursor) }
}

/** The member after the result that another host had for everyone (`run_once`): moved on, not counted. */
export function followResult(member: Member, result: Result): Member {
  const good = result.ignored || (result.status !== 'failed' && result.status !== 'unreachable')
  return { ...member, cursor: good ? proceed(member.cursor) : fail(member.cursor) }
}

/** At a flush: into the handlers if any is notified, else past it. `base` orders them among the other steps. */
export function flush(member: Member, handlers: readonly Task[], base: readonly number[]): Member {
  const due = handlers.some((handler) => member.notified.has(handler))
  return { ...member, cursor: due ? enter(member.cursor, handlers, base) : proceed(member.cursor) }
}

/** A handler has run, for all that notified it, also what is yet to remind of it. */
export function withoutNotice(member: Member, handler: Task): Member {
  const others = (tasks: ReadonlySet<Task>): ReadonlySet<Task> => new Set([...tasks].filter((one) => one !== handler))
  const owed = member.owed.has(handler) ? new Map([...member.owed, [handler, 'notified'] as const]) : member.owed
  return { ...member, notified: others(member.notified), doubtful: others(member.doubtful), owed }
}

/** Out of the play: what the host has not done yet, it will not do. */
export function takeOut(member: Member, out: 'stopped' | 'ended'): Member {
  return current(member.cursor) ? { ...member, cursor: leave(member.cursor), out } : member
}

function noticed(member: Member, { status }: Result, notifies: readonly Task[]): Pick<Member, 'notified' | 'doubtful'> {
  const { notified, doubtful } = member
  if (status !== 'changed' && status !== 'unknown') return { notified, doubtful }
  const stillDoubtful = [...doubtful].filter((one) => !notifies.includes(one))
  const moreDoubtful = [...doubtful, ...notifies.filter((one) => !notified.has(one))]
  return { notified: new Set([...notified, ...notifies]), doubtful: new Set(status === 'changed' ? stillDoubtful : moreDoubtful) }
}

function add({ counts, cursor }: Member, result: Result): Counts {
  const columns = result.status === 'failed' && !result.ignored && isRescued(cursor) ? ['rescued'] : columnsOf(result)
  return Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, count + Number(columns.includes(key))])) as unknown as Counts
}

/** The columns of the recap that a result counts in. */
function columnsOf({ status, ignored }: Result): readonly string[] {
  if (status === 'changed') return ['ok', 'changed']
  return ignored ? ['ok', 'ignored'] : [status]
}
