import { afterStop } from './after_stop.ts'
import type { Crew } from './crew.ts'
import { begin, comparePositions, current, type Gather, position, type Stop } from './cursor.ts'
import { withFlushes } from './flushes.ts'
import { join, type Member, takeOut } from './member.ts'
import type { BatchEnd, BatchOrder } from './order.ts'
import { takeStop } from './take_stop.ts'

/**
 * Runs a play on one batch of hosts in lock-step: all of them finish a task before any begins the next. The abort rules are asked
 * after every task; once one holds, hosts that did not fail go no further, and those that did still do what their
 * `always` owes.
 */
export async function runBatch(order: BatchOrder, crew: Crew): Promise<BatchEnd> {
  const steps = [...(order.gather ? [GATHER] : []), ...withFlushes(order.sections)]
  let state: BatchEnd = { members: order.hosts.map((name) => join(name, begin(steps))), endPlay: false }
  for (let stop = nextStop(state.members); stop; stop = nextStop(state.members)) {
    if (order.signal.aborted)
      return { ...state, members: state.members.map((member) => takeOut(member, 'stopped')), stopped: 'interrupted' }
    const { members, endPlay } = await takeStop(stop, state.members, { order, crew })
    state = afterStop(stop, order, { ...state, members, endPlay: state.endPlay || endPlay })
  }
  return state
}

const GATHER: Gather = { kind: 'gather', position: [-1] }

/** The step that comes first among those the hosts stand at. */
function nextStop(members: readonly Member[]): Stop | undefined {
  const standing = members.filter(({ cursor }) => current(cursor))
  const first = standing.reduce<Member | undefined>(
    (least, member) => (least && comparePositions(position(least.cursor), position(member.cursor)) <= 0 ? least : member),
    undefined,
  )
  return first && current(first.cursor)
}
