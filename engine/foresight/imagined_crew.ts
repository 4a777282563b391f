import type { Crew, Performed } from '../batch/crew.ts'
import type { Member } from '../batch/member.ts'
import { ok } from '../converge/results.ts'
import type { Task } from '../core/plan.ts'
import { Turns } from '../core/turns.ts'
import { Unknown } from '../playbook/pending.ts'
import type { Term } from '../playbook/term.ts'
import { actorOf } from '../runner/actor.ts'
import { createCrew } from '../runner/create_crew.ts'
import type { CrewOptions } from '../runner/crew_options.ts'
import { isBoolean } from './as_declared.ts'
import { type Guessing, type Known, unknownResult, unknownValue } from './guessing.ts'
import { COMMANDS } from './module_as_declared.ts'

/** What the hands tell while they work. */
export interface Imagination {
  /** The task as it is written: its keywords say what its result tells. */
  readonly original: (task: Task) => Task
  /** Told who is at what before anything is done. */
  readonly turnTo: (task: Task | undefined) => void
  /** Something may take any number of round trips. */
  readonly leaveOpen: (why: string) => void
}

/** The hands of a real crew at hosts that are only imagined; one task at a time, so that each round trip has its task. */
export function imaginedCrew(options: CrewOptions, imagination: Imagination, guessing: Guessing): Crew {
  const real = createCrew(options)
  const turns = new Turns()
  const { turnTo, leaveOpen } = imagination
  return {
    share: real.share,
    gather: (member) =>
      turns.take(() => {
        turnTo(undefined)
        return real.gather(member)
      }),
    perform: (task, member) =>
      turns.take(async () => {
        turnTo(task)
        guessing.guessed.clear()
        const performed = await orUnknown(() => real.perform(task, member))
        return settle({ task, member, performed, options, imagination, guessing })
      }),
    expand: (include, member) =>
      turns.take(async () => {
        guessing.guessed.clear()
        const held = await orUnknown(() => real.expand(include, member))
        if (include.loop && guessing.guessed.has(include.loop.items)) leaveOpen(`how often \`${include.name}\` includes`)
        if (held !== undefined && !('status' in held && held.status === 'failed')) return held
        leaveOpen(`what \`${include.name}\` includes`)
        return { steps: [], owed: [] }
      }),
  }
}

/** The result; undefined where it hangs on what only a host could tell. */
async function orUnknown<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Unknown) return undefined
    throw error
  }
}

interface Settling {
  readonly task: Task
  readonly member: Member
  readonly performed: Performed | undefined
  readonly options: CrewOptions
  readonly imagination: Imagination
  readonly guessing: Guessing
}

/** Keeps of what a task taught only what a real host would have taught as well. */
function settle(settling: Settling): Performed {
  const { task, member, performed, options, imagination } = settling
  const isUnclear = performed === undefined || performed.result.status === 'failed' || performed.result.status === 'unreachable'
  const why = whyOpen(settling, isUnclear)
  if (why !== undefined) imagination.leaveOpen(why)
  const actor = actorOf(member.name, options.actors)
  const lesson = lessonOf(settling)
  actor.variables.learn(lesson)
  if (task.runOnce) actor.lessons.set(task, { ...actor.lessons.get(task), ...lesson })
  return isUnclear ? { ...performed, result: ok(), notifies: [] } : performed
}

/** What may take any number of round trips. */
function whyOpen({ task, guessing: { guessed } }: Settling, isUnclear: boolean): string | undefined {
  const { module, loop, name } = task
  if (module.name === 'reboot') return `how long \`${name}\` takes`
  if (module.name === 'include_vars' && isUnclear) return `what \`${name}\` reads`
  if (module.kind === 'control') return undefined
  if (isUnclear) return `what \`${name}\` does`
  return module.kind === 'command' && loop && guessed.has(loop.items) ? `how often \`${name}\` is done` : undefined
}

function lessonOf({ task, performed, imagination, guessing }: Settling): { readonly [name: string]: Term } {
  const { guess, guessed } = guessing
  const isGuessed = performed === undefined || task.when.some((condition) => guessed.has(condition))
  const unknown = unknownValue(guess)
  const facts = isGuessed && task.module.name === 'set_fact' ? task.params.entries.map(({ key }) => [key, unknown]) : []
  const isKnown = task.module.kind === 'control' || performed?.result.status === 'skipped'
  if (task.register === undefined || (isKnown && !isGuessed)) return Object.fromEntries(facts)
  const known = isGuessed ? {} : certain(imagination.original(task), performed?.result.registered ?? {})
  return { ...Object.fromEntries(facts), [task.register]: unknownResult(guess, known) }
}

/** What a result says for certain on a host that is as declared. */
function certain({ changedWhen, failedWhen, ignoreErrors, module, loop }: Task, registered: { readonly [key: string]: Term }): Known {
  const isWell = failedWhen.length === 0 && ignoreErrors === undefined
  const changed = changedWhen.every(isBoolean) ? { changed: registered['changed'] ?? false } : {}
  return { ...changed, ...(isWell && { failed: false, ...(COMMANDS.has(module.name) && !loop && { rc: 0 }) }) }
}
