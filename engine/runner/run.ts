import type { Plan } from '../core/plan.ts'
import type { Fleet } from './fleet.ts'
import { Record, type Summary } from './record.ts'
import type { RunOptions } from './run_options.ts'
import { halt, runPlay } from './run_play.ts'

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

const AFTER_FAILURE = 'the playbook before it failed on some hosts'
