import pLimit from 'p-limit'
import type { BatchEnd } from '../batch/order.ts'
import { runBatch } from '../batch/run_batch.ts'
import type { Play, Step } from '../core/plan.ts'
import type { Actor } from './actor.ts'
import { createCrew } from './create_crew.ts'
import type { Cut } from './cut_play.ts'
import type { Fleet } from './fleet.ts'
import type { Record } from './record.ts'
import type { RunOptions } from './run_options.ts'
import { selectSteps } from './select.ts'

interface Playing {
  readonly fleet: Fleet
  readonly options: RunOptions
  readonly record: Record
  /** Of the whole play. */
  readonly hosts: readonly string[]
  readonly limit: Cut['limit']
}

/** Takes one batch of hosts through a play. */
export async function playBatch(
  play: Play,
  batch: readonly string[],
  { fleet, options, record, hosts, limit }: Playing,
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
