import type { LimitFunction } from 'p-limit'
import { Rejected } from '../core/diagnostic.ts'
import type { Emit } from '../core/event.ts'
import type { Include, Play, Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import type { Expander } from '../playbook/include.ts'
import { Pending } from '../playbook/pending.ts'
import { checkRoleCall } from '../playbook/role_call.ts'
import { type Actor, actorOf } from './actor.ts'
import type { Crew, Held, Performed } from './crew.ts'
import type { Ahead } from './lookahead.ts'
import type { Member } from './member.ts'
import { labelOf, type Preparing } from './prepare.ts'
import { isRescued } from './cursor.ts'
import { asResult } from '../converge/outcome.ts'
import { owedName, parseOwed } from '../session/owed.ts'
import { Turns } from '../session/turns.ts'
import { perform } from './perform.ts'
import { ok, skipped, unknown } from '../converge/results.ts'
import { selectSteps } from './select.ts'
import { asOf } from './target.ts'
import { hangsOn, rejected } from './not_begun.ts'
import { Throttles } from './throttles.ts'

export interface CrewOptions extends Preparing {
  readonly play: Play
  /** The handlers of the play; included roles add theirs. */
  readonly handlers: Task[]
  readonly expander: Expander
  readonly actors: ReadonlyMap<string, Actor>
  /** The host a task is delegated to, whether or not the inventory knows it. */
  readonly delegate: (name: string) => Actor
  readonly forks: LimitFunction
  readonly emit: Emit
  readonly ask: Ask | undefined
  /** Told how far each look ahead reached, for explaining a plan. */
  readonly onAhead?: (host: string, ahead: Ahead) => void
  /** `meta: clear_host_errors`. */
  readonly clearErrors: () => void
  /** Whether `--tags` and `--skip-tags` take the task. */
  readonly selects: (task: { readonly tags: readonly string[] }) => boolean
  /** Aborted: nothing is begun any more. */
  readonly signal: AbortSignal
}

type Ask = (prompt: string) => Promise<void>

/** What the tasks of a batch share beyond what they were given. */
export interface Hands extends CrewOptions {
  readonly throttles: Throttles
}

/** The hands of a batch: binds a task to a host, and carries it out there or here. */
export function createCrew(options: CrewOptions): Crew {
  const hands: Hands = { ...options, throttles: new Throttles(), ask: options.ask && askOnce(options.ask) }
  const unlessAborted = async (begin: () => Promise<Performed>): Promise<Performed | undefined> =>
    options.signal.aborted ? undefined : await begin()
  return {
    perform: async (task, member) => {
      const begin = () => unlessAborted(() => perform(task, member, hands))
      // What only waits needs no place among those at work, or the places would wait one after the other.
      return task.module.name === 'pause' ? await begin() : await options.forks(begin)
    },
    share: (task, from, to) => {
      const lesson = options.actors.get(from)?.lessons.get(task)
      if (lesson) options.actors.get(to)?.variables.learn(lesson)
    },
    expand: (include, member) => expand(include, member, options),
    gather: (member) => options.forks(() => unlessAborted(() => gather(member, options))),
  }
}

/** One question at a time, and hosts that have the same one share its answer. */
function askOnce(ask: Ask): Ask {
  const turns = new Turns()
  const asked = new Map<string, Promise<void>>()
  return async (prompt) => {
    const pending = asked.get(prompt) ?? turns.take(() => ask(prompt)).finally(() => asked.delete(prompt))
    asked.set(prompt, pending)
    await pending
  }
}

async function gather(member: Member, options: CrewOptions): Promise<Performed> {
  const { play, handlers, emit, becomePassword } = options
  const actor = actorOf(member.name, options.actors)
  try {
    const scope = actor.variables.scope(play)
    const { facts, owed } = await actor.host.greet(asOf(play.become, scope, becomePassword))
    if (play.gatherFacts) actor.variables.learnFacts(facts)
    actor.owed = owed
    return { result: ok(), notifies: owedAmong(handlers, actor) }
  } catch (error) {
    if (error instanceof Pending) actor.variables.expectAnything()
    const result = unmet(error)
    emit({
      kind: 'result',
      host: member.name,
      task: { label: 'first contact', module: 'setup', origin: play.origin, handler: false, noLog: false },
      result,
    })
    return { result, notifies: [] }
  }
}

/** Why a host was not met. */
function unmet(error: unknown): Result {
  if (error instanceof Pending) return unknown(hangsOn(error))
  return error instanceof Rejected ? rejected(error) : asResult(error)
}

/** The handlers among these that the host was found to owe from an earlier run. */
function owedAmong(handlers: readonly Task[], { host, owed }: Actor): readonly Task[] {
  const names = parseOwed(owed, handlers.map(owedName))
  host.owed.found(names)
  return handlers.filter((handler) => names.includes(owedName(handler)))
}

async function expand(include: Include, member: Member, options: CrewOptions): Promise<Held | Result> {
  const actor = actorOf(member.name, options.actors)
  const { variables } = actor
  const scope = variables.scope(options.play, include)
  try {
    const held = await options.sources.load(() => options.expander.expand(include, scope, options.handlers))
    if ('condition' in held) return skipped('Conditional result was False')
    for (const call of held.roleCalls) checkRoleCall(call, scope)
    options.handlers.push(...held.handlers.filter((handler) => !options.handlers.includes(handler)))
    for (const layer of held.publicVars) variables.include(layer)
    return { steps: selectSteps(held.steps, options.selects), notifies: owedAmong(held.handlers, actor) }
  } catch (error) {
    const result = notHeld(error, actor)
    const rescued = result.status === 'failed' && isRescued(member.cursor)
    const task = { label: labelOf(include, scope), module: `include_${include.of}`, origin: include.origin, handler: false, noLog: false }
    options.emit({ kind: 'result', host: member.name, task, result, ...(rescued && { rescued }) })
    return result
  }
}

/** Why it cannot be had. In check mode, what it would have brought may be anything. */
function notHeld(error: unknown, { host, variables }: Actor): Result {
  if (error instanceof Rejected) return rejected(error)
  if (!(error instanceof Pending)) throw error
  variables.expectAnything()
  host.predicted.set('*', 'all')
  return unknown(hangsOn(error))
}
