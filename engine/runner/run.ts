import pLimit from 'p-limit'
import type { Crew } from '../batch/crew.ts'
import type { BatchEnd } from '../batch/order.ts'
import { runBatch } from '../batch/run_batch.ts'
import type { Emit } from '../core/event.ts'
import type { Plan, Play, Step } from '../core/plan.ts'
import type { Secret } from '../core/secret.ts'
import type { Expander } from '../playbook/include.ts'
import type { Actor } from './actor.ts'
import { createCrew } from './create_crew.ts'
import type { CrewOptions } from './crew_options.ts'
import { type Cut, cutPlay } from './cut_play.ts'
import type { Fleet } from './fleet.ts'
import { Record, type Summary } from './record.ts'
import { selectSteps } from './select.ts'

export interface RunOptions {
  readonly check: boolean
  /** Someone wants to know about every host (`drift`): each is contacted, also where no task looks at it. */
  readonly everyHost?: boolean
  readonly diff: boolean
  /** Hosts that are worked on at the same time. */
  readonly forks: number
  /** The hosts of each play, in its order, `--limit` applied. */
  readonly hostsOf: (play: Play) => readonly string[]
  readonly expander: Expander
  readonly selects: (task: { readonly tags: readonly string[] }) => boolean
  readonly forceHandlers: boolean
  readonly becomePassword?: Secret
  readonly emit: Emit
  /** Aborted: no task is begun any more; what is on its way is waited for. */
  readonly signal: AbortSignal
  /** Asks the operator to press enter; left out where nobody can answer. */
  readonly ask?: (prompt: string) => Promise<void>
  /** Whose hands do the work; left out, those of `createCrew`. */
  readonly crew?: (options: CrewOptions) => Crew
}

/** Carries out a plan on its hosts, play by play and batch by batch. A failed host takes no part in later plays. */
export async function run(plan: Plan, fleet: Fleet, options: RunOptions): Promise<Summary> {
  const started = Date.now()
  const record = new Record()
  for (const [i, play] of plan.plays.entries()) {
    if (record.stopped !== undefined) break
    const hosts = options.hostsOf(play)
    const later = () => plan.plays.slice(i + 1).flatMap(options.hostsOf)
    // Looking does no harm, so it looks on.
    if (play.beginsPlaybook && record.hasLosses && !options.check) halt(AFTER_FAILURE, { record, options, rest: [...hosts, ...later()] })
    else await runPlay(play, hosts, { fleet, options, record, later })
  }
  const summary = record.summary()
  options.emit({ kind: 'recap', hosts: summary.hosts, ...record.missed, ms: Date.now() - started })
  return summary
}

interface Running {
  readonly fleet: Fleet
  readonly options: RunOptions
  readonly record: Record
  /** The hosts of the plays behind this one. */
  readonly later: () => readonly string[]
}

async function runPlay(play: Play, all: readonly string[], running: Running): Promise<void> {
  const { record, options, fleet } = running
  const hosts = all.filter((host) => !record.isOut(host))
  fleet.begin(play, { all: hosts, batch: hosts })
  const cut = cutPlay(play, hosts, fleet)
  if (typeof cut === 'string') {
    halt(cut, { record, options, rest: [...hosts, ...running.later()] })
    return
  }
  const { batches, limit } = cut
  options.emit({ kind: 'play', name: play.name, hosts, batches: batches.length })
  for (const [i, batch] of batches.entries()) {
    if (batches.length > 1) options.emit({ kind: 'batch', number: i + 1, of: batches.length, hosts: batch })
    const end = await oneBatch(play, batch, { ...running, hosts, limit })
    record.add(end)
    sayWouldStop(end, options, { play, number: i + 1, of: batches.length })
    if (end.stopped !== undefined || end.endPlay) {
      const rest = batches.slice(i + 1).flat()
      if (end.stopped !== undefined) {
        halt(end.stopped, { record, options, rest: [...rest, ...running.later()], batch: i + 1, of: batches.length })
      }
      return
    }
  }
}

interface Place {
  readonly play: Play
  readonly number: number
  readonly of: number
}

/** A preview looks at all hosts; that the apply would not get so far is said. */
function sayWouldStop({ wouldStop }: BatchEnd, { everyHost, emit }: RunOptions, { play, number, of }: Place): void {
  if (wouldStop === undefined || everyHost) return
  const where = of > 1 ? `after batch ${number} of ${of}` : `in the play \`${play.name}\``
  const message = `an apply would stop ${where}: ${wouldStop}`
  emit({
    kind: 'warning',
    diagnostic: { code: 'would-stop', message, origin: play.origin, help: 'mend the hosts that failed first' },
  })
}

interface Halt extends Pick<Running, 'record' | 'options'> {
  /** Hosts that were still to come. */
  readonly rest: readonly string[]
  readonly batch?: number
  readonly of?: number
}

function halt(reason: string, { record, options, rest, batch = 0, of = 0 }: Halt): void {
  record.stop(reason, rest)
  options.emit({ kind: 'stopped', reason, batch, of, unreachable: record.unreachable, ...record.missed })
}

const AFTER_FAILURE = 'the playbook before it failed on some hosts'

async function oneBatch(
  play: Play,
  batch: readonly string[],
  { fleet, options, hosts, record, limit }: Running & { readonly hosts: readonly string[]; readonly limit: Cut['limit'] },
): Promise<BatchEnd> {
  const started = Date.now()
  const actors = new Map(batch.map((name): [string, Actor] => [name, fleet.actor(name)]))
  fleet.begin(play, { all: hosts, batch })
  const handlers = [...play.handlers]
  const crew = (options.crew ?? createCrew)({
    ...options,
    play,
    handlers,
    actors,
    delegate: (name) => fleet.delegate(name),
    forks: pLimit(options.forks),
    sources: fleet.sources,
    playbookFolder: play.folder,
    ask: options.ask,
    clearErrors: () => record.clear(),
  })
  return await runBatch(
    {
      hosts: batch,
      sections: play.sections.map((section) => selectSteps(section, options.selects)),
      handlers,
      gather: play.gatherFacts || play.handlers.length > 0 || play.sections.flat().some(bringsHandlers) || isToBeMet(actors, options),
      ...limit,
      anyErrorsFatal: play.anyErrorsFatal,
      forceHandlers: play.forceHandlers ?? options.forceHandlers,
      onlyLooks: options.check,
      signal: options.signal,
      onGathered: (met) => options.emit({ kind: 'probed', hosts: met, ms: Date.now() - started }),
    },
    crew,
  )
}

/** A host that nobody has seen must not be called clean, whatever its tasks are. */
function isToBeMet(actors: ReadonlyMap<string, Actor>, { everyHost }: RunOptions): boolean {
  return everyHost === true && [...actors.values()].some(({ host }) => !host.isMet)
}

/** Handlers may be owed from an earlier run, also those of a role that is only included. */
function bringsHandlers(step: Step): boolean {
  if (step.kind === 'block') return [...step.tasks, ...step.rescue, ...step.always].some(bringsHandlers)
  return step.kind === 'include' && step.of === 'role'
}
