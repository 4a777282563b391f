import type { Include, Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import type { Crew, Held, Performed } from './crew.ts'
import { current, enter, position, proceed, type Stop } from './cursor.ts'
import { flush, followResult, isLost, type Member, settleResult, takeOut, withoutNotice } from './member.ts'
import type { BatchOrder } from './order.ts'
import { owing } from './owed.ts'

interface Taken {
  readonly members: readonly Member[]
  readonly endPlay: boolean
}

interface Setting {
  readonly order: BatchOrder
  readonly crew: Crew
}

/** Takes every host that stands at the step past it, and gives all members as they are then. */
export async function takeStop(stop: Stop, members: readonly Member[], setting: Setting): Promise<Taken> {
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
  return owing(settleResult(member, met.result, []), met.owed)
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
  const within = { ...member, cursor: enter(member.cursor, held.steps), counts: { ...member.counts, ok: member.counts.ok + 1 } }
  return owing(within, held.owed)
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
