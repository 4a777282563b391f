import type { Task } from '../core/plan.ts'
import { comparePositions, current, type Flush, position, type Stop } from './cursor.ts'
import type { Member } from './member.ts'

/** From where on in a play a handler counts as notified: behind this step, or with the last flush. */
export type Place = readonly number[] | 'end'

/** A handler that a host owes from an earlier run. */
export interface Owing {
  readonly handler: Task
  readonly behind: Place
}

/** The member with handlers it was found to owe. A place that was not known before is learned; what was notified once stays so. */
export function owing(member: Member, found: readonly Owing[]): Member {
  const isNews = ({ handler, behind }: Owing): boolean => {
    const known = member.owed.get(handler)
    return known === undefined || (known === 'end' && behind !== 'end')
  }
  return { ...member, owed: new Map([...member.owed, ...found.filter(isNews).map(({ handler, behind }) => [handler, behind] as const)]) }
}

/** The member where it stands now, notified of what it owes and has come to the place of. */
export function reminded(member: Member): Member {
  const stop = current(member.cursor)
  // Forced handlers are those it was notified of before it left.
  if (!stop || member.forced) return member
  const due = dueAt(member, stop, position(member.cursor))
  if (due.length === 0) return member
  return {
    ...member,
    owed: new Map([...member.owed, ...due.map((handler) => [handler, 'notified'] as const)]),
    notified: new Set([...member.notified, ...due]),
    doubtful: new Set([...member.doubtful].filter((one) => !due.includes(one))),
  }
}

/** Whether the member will have been notified of something it owes when it comes to the flush. */
export function isRemindedBy(member: Member, flush: Flush): boolean {
  return dueAt(member, flush, flush.position).length > 0
}

function dueAt({ owed }: Member, stop: Stop, at: readonly number[]): readonly Task[] {
  const isEnd = stop.kind === 'flush' && stop.isLast
  const isDue = (place: Place | 'notified'): boolean =>
    place !== 'notified' && (isEnd || (place !== 'end' && comparePositions(place, at) < 0))
  return [...owed].filter(([, place]) => isDue(place)).map(([handler]) => handler)
}
