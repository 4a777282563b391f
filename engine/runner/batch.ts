import type { Include, Step, Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { type Limits, whyStop } from '../rollout/limits.ts'
import { begin, comparePositions, current, enter, type Gather, position, proceed, type Stop } from './cursor.ts'
import { withFlushes } from './flushes.ts'
import { flush, followResult, isLost, join, type Member, settleResult, takeOut, withoutNotice } from './member.ts'

/** What a batch needs done; the rest of it is rules. */
export interface Crew {
  /**
   * Carries out the task on the host. `member` shows where the host stands, so that looks can be taken ahead. Never rejects for what happens
   * on a host; undefined if the run was interrupted before it began.
   */
  perform(task: Task, member: Member): Promise<Performed | undefined>
  /** Hands the result of a `run_once` task to a host that did not run it. */
  share(task: Task, from: string, to: string): void
  /** First contact: reads facts, and which handlers the host still owes from an earlier run. */
  gather(member: Member): Promise<Performed | undefined>
  /** What an include holds for the host; a result if it is skipped or cannot be had. */
  expand(include: Include, member: Member): Promise<Held | Result>
}

/** What an include holds for a host. */
export interface Held {
  readonly steps: readonly Step[]
  /** Handlers it brought that the host owes from an earlier run. */
  readonly notifies: readonly Task[]
}

export interface Performed {
  readonly result: Result
  /** The handlers it notifies if it changed something. */
  readonly notifies: readonly Task[]
  /** What a `meta` task asks of the batch. */
  readonly meta?: 'flush_handlers' | 'end_host' | 'end_batch' | 'end_play'
}

export interface BatchOrder {
  readonly hosts: readonly string[]
  readonly sections: readonly (readonly Step[])[]
  readonly handlers: readonly Task[]
  /** Whether the hosts are met before the first task. */
  readonly gather: boolean
  readonly maxFailPercentage?: number
  /** Of the play: whether a host that cannot be met stops the others. */
  readonly anyErrorsFatal: boolean
  readonly forceHandlers: boolean
  /** Nothing is changed, so no limit stops it: who asks wants to know about every host. */
  readonly onlyLooks?: boolean
  readonly signal: AbortSignal
  /** Told how many hosts have been met, once that is known of all. */
  readonly onGathered?: (met: number) => void
}

export interface BatchEnd {
  readonly members: readonly Member[]
  /** Why it stopped before its end. */
  readonly stopped?: string
  /** Why it would have, had it not only looked. */
  readonly wouldStop?: string
  /** `meta: end_play`. */
  readonly endPlay: boolean
}

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
    state = afterRules(stop, order, { ...state, members, endPlay: state.endPlay || endPlay })
  }
  return state
}

/** The batch once the abort rules have been asked, and hosts that left early have been given what they still have to do. */
function afterRules(stop: Stop, order: BatchOrder, state: BatchEnd): BatchEnd {
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

interface Taken {
  readonly members: readonly Member[]
  readonly endPlay: boolean
}

interface Setting {
  readonly order: BatchOrder
  readonly crew: Crew
}

async function takeStop(stop: Stop, members: readonly Member[], setting: Setting): Promise<Taken> {
  const here = members.filter(({ cursor }) => current(cursor) === stop)
  const update: Update = (changed) => members.map((member) => changed.find(({ name }) => name === member.name) ?? member)
  if (stop.kind === 'task') return await takeTask(stop, here, { ...setting, update })
  if (isOnlyOnce(stop)) return { members: update(await includedOnce(stop, here, setting)), endPlay: false }
  const move = async (member: Member): Promise<Member> => {
    if (stop.kind === 'flush') return flushed(member, setting)
    return stop.kind === 'gather' ? await gathered(member, setting) : await included(stop, member, setting)
  }
  return { members: update(await Promise.all(here.map(move))), endPlay: false }
}

type Update = (changed: readonly Member[]) => readonly Member[]

async function takeTask(
  task: Task,
  here: readonly Member[],
  { update, ...setting }: Setting & { readonly update: Update },
): Promise<Taken> {
  if (setting.order.handlers.includes(task)) {
    return { members: update(await Promise.all(here.map((member) => handled(task, member, setting)))), endPlay: false }
  }
  if (task.runOnce) return await once(task, here, { ...setting, update })
  const performed = await Promise.all(here.map((member) => setting.crew.perform(task, member)))
  return afterMeta(update(here.map((member, i) => settled(member, performed[i], setting))), performed)
}

function flushed(member: Member, { order }: Setting): Member {
  return flush(member, order.handlers, position(member.cursor))
}

async function gathered(member: Member, { crew }: Setting): Promise<Member> {
  const met = await crew.gather(member)
  if (!met) return member
  const { result, notifies } = met
  const after = settleResult(member, result, [])
  return { ...after, notified: new Set(notifies), doubtful: new Set() }
}

async function included(include: Include, member: Member, { crew }: Setting): Promise<Member> {
  return holding(member, await crew.expand(include, member))
}

/** Only the include itself has `run_once`: what it holds is the first host's alone. Tasks that inherit theirs see to it themselves. */
function isOnlyOnce(stop: Stop): stop is Include {
  return stop.kind === 'include' && stop.runOnce && !stop.inherited.runOnce
}

async function includedOnce(include: Include, [first, ...others]: readonly Member[], { crew }: Setting): Promise<readonly Member[]> {
  if (!first) return []
  const held = await crew.expand(include, first)
  const follow = (member: Member): Member => ('status' in held ? followResult(member, held) : { ...member, cursor: proceed(member.cursor) })
  return [holding(first, held), ...others.map(follow)]
}

function holding(member: Member, held: Held | Result): Member {
  if ('status' in held) return settleResult(member, held, [])
  return {
    ...member,
    cursor: enter(member.cursor, held.steps),
    notified: new Set([...member.notified, ...held.notifies]),
    counts: { ...member.counts, ok: member.counts.ok + 1 },
  }
}

async function handled(handler: Task, member: Member, setting: Setting): Promise<Member> {
  const performed = await setting.crew.perform(handler, member)
  if (!performed) return member
  const { result, notifies } = performed
  const after = settleResult(member, result, notifies)
  const lost = (result.status === 'failed' || result.status === 'unreachable') && !result.ignored
  // A handler that failed ends the handlers of its host, forced or not.
  return lost ? { ...after, forced: after.forced === true || isLost(after) } : withoutNotice(after, handler)
}

/** On the first host for all of them: whatever it came to, it came to for everyone. */
async function once(task: Task, here: readonly Member[], { update, ...setting }: Setting & { readonly update: Update }): Promise<Taken> {
  const [first, ...others] = here
  if (!first) return { members: update([]), endPlay: false }
  const performed = await setting.crew.perform(task, first)
  if (!performed) return { members: update([]), endPlay: false }
  const followers = others.map((member) => {
    setting.crew.share(task, first.name, member.name)
    return performed.meta ? settled(member, performed, setting) : followResult(member, performed.result)
  })
  return afterMeta(update([settled(first, performed, setting), ...followers]), [performed])
}

function settled(member: Member, performed: Performed | undefined, setting: Setting): Member {
  if (!performed) return member
  const { result, notifies, meta } = performed
  if (meta === 'flush_handlers') return flushed(member, setting)
  if (meta === 'end_host') return takeOut(member, 'ended')
  return settleResult(member, result, notifies)
}

function afterMeta(members: readonly Member[], performed: readonly (Performed | undefined)[]): Taken {
  const endPlay = performed.some((one) => one?.meta === 'end_play')
  const endBatch = endPlay || performed.some((one) => one?.meta === 'end_batch')
  return { members: endBatch ? members.map((member) => takeOut(member, 'ended')) : members, endPlay }
}

function limitsAt(stop: Stop, { maxFailPercentage, anyErrorsFatal }: BatchOrder): Limits {
  const fatal = stop.kind === 'task' || stop.kind === 'include' ? stop.anyErrorsFatal : anyErrorsFatal
  return { fatal, ...(maxFailPercentage !== undefined && { maxFailPercentage }) }
}

/** Past handlers that were not notified, and past flushes with none that were: a host with nothing else before it is through. */
function pastIdle(member: Member, order: BatchOrder): Member {
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
