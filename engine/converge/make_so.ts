import { type Change, type Output, UNTOUCHED } from '../core/module.ts'
import type { Result } from '../core/result.ts'
import type { Script } from '../core/script.ts'
import type { Host } from '../session/host.ts'
import { TransportError } from '../transport/host.ts'
import { type AnyStateModule, type Comparison, compare, verified } from './compare.ts'
import { exchange, keep, NOTHING, noting, reading, step, type Upcoming } from './exchange.ts'
import { type Job, type Look, lookOf, touchesOf } from './job.ts'
import { complaint, cureFor } from './outcome.ts'
import { permission } from './permit.ts'
import { changed, commandResult, failed, ok } from './results.ts'
import { withoutFolder } from './without_folder.ts'

/** What a first attempt had begun to change when it was cut off: its handlers are due even if the second finds nothing left to do. */
export interface Progress {
  begun?: readonly Change[]
}

interface Making {
  readonly upcoming: Upcoming
  readonly progress: Progress
  readonly module: AnyStateModule
}

/** Brings a host into the state a job asks for: looks, compares, changes what differs, and looks again. */
export async function makeSo(host: Host, job: Job, { module, upcoming, progress }: Making): Promise<Result> {
  const found = compare(module, job, await reading(host, job, upcoming))
  const { before, changes, values } = found
  if (found.isSo) return progress.begun ? changed(progress.begun, values) : ok(values)
  const missing = withoutFolder(host, job, module.lacks?.(before.current, job.params))
  if (missing) return missing
  if (job.check) return changed(changes, values)
  const { anew, before: sure } = await permission(job)
  if (anew) {
    host.readings.clear()
    return await makeSo(host, job, { module, upcoming, progress })
  }
  return await changeTo(host, job, { ...found, ...(sure && { sure }), module, upcoming, progress })
}

interface Changing extends Making, Pick<Comparison, 'before' | 'changes' | 'scripts'> {
  /** What has to hold on the host in the moment of the change. */
  readonly sure?: Script
}

async function changeTo(host: Host, job: Job, { module, upcoming, progress, before, changes, scripts, sure }: Changing): Promise<Result> {
  progress.begun = changes
  const after = await converge(host, job, { scripts, ...(sure && { sure }), upcoming })
  if ('status' in after) return { ...after, changes }
  const confirmation = module.confirm?.(job.params, job.given)
  const confirmed = confirmation && (await confirm(host, job, confirmation))
  if (confirmed && 'status' in confirmed) return { ...confirmed, changes }
  return verified(module, job, { left: confirmed ?? after, before, changes })
}

/**
 * Proves over a new connection that the host can still be reached, and looks again. If it cannot be reached, the module has
 * seen to it that the host goes back by itself, so the task has failed and the host has not.
 */
async function confirm(host: Host, job: Job, script: Script): Promise<Output | Result> {
  const look = lookOf(job) as Look
  await host.drop()
  try {
    const [answer, after] = await host.exchange(job.as, [step(script, job), step(look.script, job)], host.patience.lookMs)
    if (answer?.rc !== 0 || !after) return failed(`the change was not confirmed: ${complaint(answer)}`)
    host.readings.put(look.key, look.reads, after)
    return after
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    await host.drop()
    return failed(
      `no new connection was possible after the change: ${error.message}`,
      {},
      'the host takes the change back by itself; mend the rules and run again',
    )
  }
}

type Converging = Pick<Changing, 'scripts' | 'sure' | 'upcoming'>

/** Runs the scripts and then the probe, in one exchange. Gives what the probe printed, or why it did not come to that. */
async function converge(host: Host, job: Job, { scripts, sure, upcoming }: Converging): Promise<Output | Result> {
  const look = lookOf(job) as Look
  const touched = touchesOf(job)
  const { steps: notes, takeBack } = noting(host, job)
  const beforehand = [...notes, ...(sure ? [step(sure, job)] : [])]
  const all = [...beforehand, ...scripts.map((script) => step(script, job)), step(look.script, job)]
  host.readings.touched(touched)
  const { answers, ahead } = await exchange(host, job, {
    steps: all,
    looks: (await upcoming(touched)).filter(({ key }) => key !== look.key),
  })
  const wrong = answers.findIndex((answer) => answer?.rc !== 0)
  if (wrong >= 0) {
    const isUntouched = wrong < beforehand.length || (wrong === beforehand.length && answers[wrong]?.rc === UNTOUCHED)
    if (isUntouched) takeBack()
    return failed(complaint(answers[wrong]), commandResult(answers[wrong] ?? NOTHING), cureFor(answers[wrong], touched))
  }
  keep(host, ahead)
  const last = answers.at(-1) as Output
  host.readings.put(look.key, look.reads, last)
  return last
}
