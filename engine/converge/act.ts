import type { Change, CommandModule, Output, QueryModule } from '../core/module.ts'
import type { ObjectSchema } from '../core/params.ts'
import type { Result } from '../core/result.ts'
import type { Host } from '../session/host.ts'
import { understood } from '../session/understood.ts'
import { exchange, keep, NOTHING, noting, reading, step, type Upcoming } from './exchange.ts'
import { type Job, type Look, lookOf, touchesOf } from './job.ts'
import { complaint, outcomeResult } from './outcome.ts'
import { permission } from './permit.ts'
import { changed, commandResult, failed, notRun, wouldRun } from './results.ts'

/** Does what a handler's verb says. It has no state to compare, so it always counts as a change. */
export async function act(host: Host, job: Job, upcoming: Upcoming): Promise<Result> {
  const { module, action = '', params } = job
  const scripts = (module.kind === 'state' && module.actions?.[action]?.(params)) || []
  const changes: readonly Change[] = [{ what: module.name, to: action }]
  if (job.check) return changed(changes)
  const { before } = await permission(job)
  host.readings.clear()
  const steps = (before ? [before, ...scripts] : scripts).map((script) => step(script, job))
  const { answers, ahead } = await exchange(host, job, { steps, looks: await upcoming(['*']) })
  const wrong = answers.find((answer) => answer?.rc !== 0)
  if (wrong) return failed(complaint(wrong), commandResult(wrong))
  keep(host, ahead)
  return changed(changes)
}

/** Asks what a query asks. Its reading may have been taken ahead, and is good for this one question. */
export async function ask(host: Host, job: Job, { module, upcoming }: Acting<QueryModule<ObjectSchema>>): Promise<Result> {
  const output = await reading(host, job, upcoming)
  host.readings.spend((lookOf(job) as Look).key)
  return resultOf(module, output, job.params)
}

interface Acting<M> {
  readonly module: M
  readonly upcoming: Upcoming
}

/** Runs a command; in check mode it only says whether it would. */
export async function runCommand(host: Host, job: Job, { module, upcoming }: Acting<CommandModule<ObjectSchema>>): Promise<Result> {
  const { params, given } = job
  if (job.check) {
    if (module.onlyLooks?.(params)) return notRun('it only looks, and is not run in check mode')
    if (!lookOf(job)) return wouldRun()
    return resultOf(module, await reading(host, job, upcoming), params)
  }
  const needless = await unneeded(host, job, { module, upcoming })
  if (needless) return needless
  const touched = touchesOf(job)
  host.readings.touched(touched)
  const { steps: notes, takeBack } = noting(host, job)
  const { answers, ahead } = await exchange(host, job, {
    steps: [...notes, step(module.run(params, given), job)],
    looks: await upcoming(touched),
  })
  if (notes.length > 0 && answers[0]?.rc !== 0) {
    takeBack()
    return failed(complaint(answers[0]))
  }
  keep(host, ahead)
  return resultOf(module, answers.at(-1) ?? NOTHING, params)
}

/** What comes of a command that may run only with permission, once that is had; none is asked for where it would not run anyway. */
async function unneeded(host: Host, job: Job, { module, upcoming }: Acting<CommandModule<ObjectSchema>>): Promise<Result | undefined> {
  if (!job.permit || module.onlyLooks?.(job.params)) return undefined
  const foretelling = { ...job, check: true }
  if (lookOf(foretelling)) {
    const foretold = resultOf(module, await reading(host, foretelling, upcoming), job.params)
    host.readings.spend((lookOf(foretelling) as Look).key)
    if (!foretold.pending) return foretold
  }
  await permission(job)
  return undefined
}

type Told = Pick<QueryModule<ObjectSchema>, 'name' | 'outcome'>

function resultOf({ name, outcome }: Told, output: Output, params: Job['params']): Result {
  return outcomeResult(understood(name, () => outcome(output, params)))
}
