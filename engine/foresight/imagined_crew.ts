import type { Node } from '../core/node.ts'
import type { Task } from '../core/plan.ts'
import { type Guess, Unknown } from '../playbook/pending.ts'
import { Lazy, type Term } from '../playbook/term.ts'
import { type Bound, COMMANDS, type Declared, isBoolean } from './as_declared.ts'
import { actorOf } from '../runner/actor.ts'
import type { Crew, Performed } from '../runner/batch.ts'
import { type CrewOptions, createCrew } from '../runner/crew.ts'
import type { Member } from '../runner/member.ts'
import { ok } from '../converge/results.ts'
import { Turns } from '../session/turns.ts'

/** What the hands tell while they work. */
export interface Imagination {
  /** The task as it is written: its keywords say what its result tells. */
  readonly original: (task: Task) => Task
  /** Told who is at what before anything is done. */
  readonly turnTo: (task: Task | undefined) => void
  /** Something may take any number of round trips. */
  readonly leaveOpen: (why: string) => void
}

/** What only a host could tell, and the conditions that were answered in its place. */
export interface Guessing {
  readonly guess: Guess
  readonly guessed: Set<Node>
}

/** Answers for hosts: a condition holds if that takes more round trips, or fewer; a list has one item, or none. */
export function createGuessing({ bound, declared }: { readonly bound: Bound; readonly declared: Declared }): Guessing {
  const guessed = new Set<Node>()
  const guess: Guess = {
    holds: (condition) => {
      guessed.add(condition)
      return (bound === 'most') !== declared.ending.has(condition)
    },
    items: (list) => {
      guessed.add(list)
      return bound === 'most' ? [unknownValue(guess) as never] : []
    },
  }
  return { guess, guessed }
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
        return { steps: [], notifies: [] }
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

type Known = { readonly [key: string]: Term }

/** A value nothing is known of. */
export function unknownValue(guess: Guess): Lazy {
  const fail = (): never => {
    throw new Unknown(guess)
  }
  return new Lazy({ list: false, keys: fail, get: fail })
}

function unknownResult(guess: Guess, known: Known): Lazy {
  return new Lazy({
    list: false,
    keys: () => [...new Set([...Object.keys(known), ...RESULT_KEYS])],
    get: (key) => {
      if (Object.hasOwn(known, key)) return known[key]
      throw new Unknown(guess)
    },
  })
}

/** Conditions can only ask for keys that are there. */
const RESULT_KEYS = (
  'attempts backup_file changed checksum cmd content dest elapsed encoding failed gid group headers json mode msg owner path rc ' +
  'redirected results size skipped source start stat state status stderr stderr_lines stdout stdout_lines uid unreachable url'
).split(' ')
