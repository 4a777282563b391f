import type { Output } from '../core/module.ts'
import type { Script } from '../core/script.ts'
import { type Answer, Overdue } from '../session/answers.ts'
import type { Host } from '../session/host.ts'
import type { Step } from '../session/shell_step.ts'
import { type Job, type Look, lookOf } from './job.ts'
import { withStats } from './stat_ahead.ts'

/** Looks that may ride along with the next exchange, given what that exchange is about to alter. */
export type Upcoming = (touched: readonly string[]) => Promise<readonly Look[]>

export interface Ridden {
  /** To the steps. */
  readonly answers: readonly Answer[]
  /** What the looks found, to be kept once the steps went well. */
  readonly ahead: readonly Ahead[]
}

interface Ahead {
  readonly look: Look
  readonly output: Answer
}

/** Runs the steps of a job in one exchange, with looks that ride behind them. */
export async function exchange(
  host: Host,
  job: Job,
  { steps, looks: wanted }: { readonly steps: readonly Step[]; readonly looks: readonly Look[] },
): Promise<Ridden> {
  const looks = wanted.filter(({ as }) => as?.user === job.as?.user)
  const { lookMs, changeMs } = host.patience
  const riding = withStats(looks).map(({ look: { script, environment, timeoutMs = lookMs }, ...before }) => ({
    script,
    environment,
    timeoutMs,
    ...before,
  }))
  const all = await host
    .exchange(job.as, [...steps, ...riding], job.timeoutMs ?? changeMs)
    .catch((error: unknown) => beforeOverdue(host, { error, steps: steps.length, looks }))
  const answers = all.slice(0, steps.length)
  return { answers, ahead: looks.map((look, i) => ({ look, output: all[steps.length + i] })) }
}

/**
 * What was answered before a look that did not come to an end in time. If that look was only taken ahead, the job at hand is
 * well; the task it belongs to fails when its turn comes, without another wait.
 */
async function beforeOverdue(
  host: Host,
  { error, steps, looks }: { readonly error: unknown; readonly steps: number; readonly looks: readonly Look[] },
): Promise<readonly Answer[]> {
  if (!(error instanceof Overdue) || error.answers.length < Math.max(steps, 1)) throw error
  const late = looks[error.answers.length - steps] as Look
  await host.drop()
  host.readings.put(late.key, late.reads, error)
  return error.answers
}

/** Keeps what looks found for the tasks they belong to. */
export function keep(host: Host, ahead: readonly Ahead[]): void {
  for (const { look, output } of ahead) if (output) host.readings.put(look.key, look.reads, output)
}

/** The reading a job starts from: taken ahead and still true, or taken now together with those of the tasks to come. */
export async function reading(host: Host, job: Job, upcoming: Upcoming): Promise<Output> {
  const look = lookOf(job) as Look
  const known = host.readings.get(look.key)
  if (known instanceof Error) throw known
  if (known) return known
  const others = (await upcoming([])).filter(({ key }) => key !== look.key)
  const { ahead } = await exchange(host, job, { steps: [], looks: [look, ...others] })
  keep(host, ahead)
  return ahead[0]?.output ?? NOTHING
}

/** A script of a job; not run once an earlier one has failed. */
export function step(script: Script, { environment }: Job): Step {
  return { script, guarded: true, environment }
}

/** Notes of what a change is about to owe. */
export interface Noting {
  /** Go before the change, which must not begin without them. */
  readonly steps: readonly Step[]
  /** Nothing was changed, so what was not owed before is not owed now. What an attempt noted that was cut off stays owed. */
  readonly takeBack: () => void
}

/** The step that notes which handlers a change is about to owe, if any. */
export function noting(host: Host, { as, notice }: Job): Noting {
  if (!notice) return { steps: [], takeBack: () => undefined }
  const notOwed = notice.handlers.filter((handler) => !host.owed.has(handler))
  return { steps: [host.noting(as, notice)], takeBack: () => host.owed.release(notOwed) }
}

/** Where there was nothing to run. */
export const NOTHING: Output = { rc: 0, stdout: '', stderr: '' }
