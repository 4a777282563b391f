import type { BatchEnd } from '../batch/order.ts'
import type { Play } from '../core/plan.ts'
import { cutPlay } from './cut_play.ts'
import type { Fleet } from './fleet.ts'
import { playBatch } from './play_batch.ts'
import type { Record } from './record.ts'
import type { RunOptions } from './run_options.ts'

/** What the plays of a run share. */
export interface Running {
  readonly fleet: Fleet
  readonly options: RunOptions
  readonly record: Record
  /** The hosts of the plays behind this one. */
  readonly later: () => readonly string[]
}

/** Takes the hosts of a play through it, batch by batch. */
export async function runPlay(play: Play, all: readonly string[], running: Running): Promise<void> {
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
    const end = await playBatch(play, batch, { ...running, hosts, limit })
    record.add(end)
    sayWouldStop(end, options, { play, number: i + 1, of: batches.length })
    if (end.stopped !== undefined) {
      const rest = [...batches.slice(i + 1).flat(), ...running.later()]
      halt(end.stopped, { record, options, rest, batch: i + 1, of: batches.length })
    }
    if (end.stopped !== undefined || end.endPlay) return
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

/** Ends the run here, and says which hosts were not reached. */
export function halt(reason: string, { record, options, rest, batch = 0, of = 0 }: Halt): void {
  record.stop(reason, rest)
  options.emit({ kind: 'stopped', reason, batch, of, unreachable: record.unreachable, ...record.missed })
}
