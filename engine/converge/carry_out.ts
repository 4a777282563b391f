import type { Change, Module, Output } from '../core/module.ts'
import type { Result } from '../core/result.ts'
import type { Script } from '../core/script.ts'
import { TransportError } from '../transport/host.ts'
import { type AnyStateModule, compare, verified } from './compare.ts'
import { asResult, complaint, cutOff, isLost, outcomeResult } from './outcome.ts'
import type { Host } from '../session/host.ts'
import { type Job, type Look, lookOf, touchesOf } from './job.ts'
import { type Answer, Overdue } from '../session/answers.ts'
import type { Step } from '../session/shell_step.ts'
import { changed, commandResult, failed, notRun, ok, unreachable, wouldRun } from './results.ts'
import { withoutFolder } from './without_folder.ts'
import { withStats } from './stat_ahead.ts'
import { understood } from '../session/understood.ts'

/** Looks that may ride along with the next exchange, given what that exchange is about to alter. */
export type Upcoming = (touched: readonly string[]) => Promise<readonly Look[]>

/**
 * Carries out one job on its host: look, compare, change what differs, look again. Never rejects: whatever goes wrong on the way
 * to a host or on it is a result. A connection lost while looking, or while making a state so, is made again once and the
 * job begun anew; a command that was cut off is not run twice.
 */
export async function carryOut(host: Host, job: Job, upcoming: Upcoming): Promise<Result> {
  const progress: Progress = {}
  try {
    return await attempt(host, job, { upcoming, progress })
  } catch (error) {
    if (!isLost(error)) return asResult(error)
    await host.drop()
    if (job.module.kind === 'command' || job.action) return cutOff(error)
  }
  try {
    return await attempt(host, job, { upcoming, progress })
  } catch (error) {
    await host.drop()
    return notRegained(error, progress)
  }
}

/** What comes of a job whose connection was lost and which the second attempt did not bring to an end. */
function notRegained(error: unknown, { begun }: Progress): Result {
  const result = asResult(error)
  if (result.status !== 'unreachable') return result
  const when = begun ? 'in the middle of the change' : 'before anything was changed'
  return unreachable(`the connection was lost ${when}, and trying again: ${result.message}`, result.help)
}

/** What a first attempt had begun to change when it was cut off: its handlers are due even if the second finds nothing left to do. */
interface Progress {
  begun?: readonly Change[]
}

interface Attempt {
  readonly upcoming: Upcoming
  readonly progress: Progress
}

async function attempt(host: Host, job: Job, { upcoming, progress }: Attempt): Promise<Result> {
  const { module } = job
  if (job.action) return await act(host, job, upcoming)
  if (module.kind === 'state') return await makeSo(host, job, { module, upcoming, progress })
  if (module.kind === 'query') {
    const output = await reading(host, job, upcoming)
    host.readings.spend((lookOf(job) as Look).key)
    return judged(module, output, job.params)
  }
  if (module.kind === 'command') return await runCommand(host, job, upcoming)
  throw new Error(`${module.name} is not carried out on a host`)
}

interface Making extends Attempt {
  readonly module: AnyStateModule
}

async function makeSo(host: Host, job: Job, { module, upcoming, progress }: Making): Promise<Result> {
  const found = compare(module, job, await reading(host, job, upcoming))
  const { before, changes, scripts, values } = found
  if (found.isSo) return progress.begun ? changed(progress.begun, values) : ok(values)
  const missing = withoutFolder(host, job, module.lacks?.(before.current, job.params))
  if (missing) return missing
  if (job.check) return changed(changes, values)
  progress.begun = changes
  const after = await converge(host, job, { scripts, upcoming })
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

/** Runs the scripts and then the probe, in one exchange. Gives what the probe printed, or why it did not come to that. */
async function converge(
  host: Host,
  job: Job,
  { scripts, upcoming }: { scripts: readonly Script[]; upcoming: Upcoming },
): Promise<Output | Result> {
  const look = lookOf(job) as Look
  const touched = touchesOf(job)
  const all = [...promise(host, job), ...scripts.map((script) => step(script, job)), { ...step(look.script, job) }]
  host.readings.touched(touched)
  const { answers, ahead } = await exchange(host, job, {
    steps: all,
    looks: (await upcoming(touched)).filter(({ key }) => key !== look.key),
  })
  const wrong = answers.find((answer) => answer === undefined || answer.rc !== 0)
  if (answers.some((answer) => answer === undefined || answer.rc !== 0)) return failed(complaint(wrong), commandResult(wrong ?? NOTHING))
  keep(host, ahead)
  const last = answers.at(-1) as Output
  host.readings.put(look.key, look.reads, last)
  return last
}

/** A handler's verb: it has no state to compare, so it always counts as a change. */
async function act(host: Host, job: Job, upcoming: Upcoming): Promise<Result> {
  const { module, action = '', params } = job
  const scripts = (module.kind === 'state' && module.actions?.[action]?.(params)) || []
  const changes: readonly Change[] = [{ what: module.name, to: action }]
  if (job.check) return changed(changes)
  host.readings.clear()
  const { answers, ahead } = await exchange(host, job, { steps: scripts.map((script) => step(script, job)), looks: await upcoming(['*']) })
  const wrong = answers.find((answer) => answer?.rc !== 0)
  if (wrong) return failed(complaint(wrong), commandResult(wrong))
  keep(host, ahead)
  return changed(changes)
}

async function runCommand(host: Host, job: Job, upcoming: Upcoming): Promise<Result> {
  const { module, params, given } = job
  if (module.kind !== 'command') throw new Error(`${module.name} is no command`)
  if (job.check) {
    if (module.onlyLooks?.(params)) return notRun('it only looks, and is not run in check mode')
    if (!lookOf(job)) return wouldRun()
    return judged(module, await reading(host, job, upcoming), params)
  }
  const touched = touchesOf(job)
  host.readings.touched(touched)
  const notes = promise(host, job)
  const steps = [...notes, { script: module.run(params, given), environment: job.environment }]
  const { answers, ahead } = await exchange(host, job, { steps, looks: await upcoming(touched) })
  if (notes.length > 0 && answers[0]?.rc !== 0) return failed(complaint(answers[0]))
  keep(host, ahead)
  return judged(module, answers.at(-1) ?? NOTHING, params)
}

function judged({ name, outcome }: Extract<Module, { kind: 'query' | 'command' }>, output: Output, params: Job['params']): Result {
  return outcomeResult(understood(name, () => outcome(output, params)))
}

/** The reading a job starts from: taken ahead and still true, or taken now together with those of the tasks to come. */
async function reading(host: Host, job: Job, upcoming: Upcoming): Promise<Output> {
  const look = lookOf(job) as Look
  const known = host.readings.get(look.key)
  if (known instanceof Error) throw known
  if (known) return known
  const others = (await upcoming([])).filter(({ key }) => key !== look.key)
  const { ahead } = await exchange(host, job, { steps: [], looks: [look, ...others] })
  keep(host, ahead)
  return ahead[0]?.output ?? NOTHING
}

interface Ahead {
  readonly look: Look
  readonly output: Answer
}

async function exchange(
  host: Host,
  job: Job,
  { steps, looks: wanted }: { readonly steps: readonly Step[]; readonly looks: readonly Look[] },
): Promise<{ readonly answers: readonly Answer[]; readonly ahead: readonly Ahead[] }> {
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

function keep(host: Host, ahead: readonly Ahead[]): void {
  for (const { look, output } of ahead) if (output) host.readings.put(look.key, look.reads, output)
}

function promise(host: Host, { as, notifies }: Job): Step[] {
  return notifies.length > 0 ? [host.noting(as, notifies)] : []
}

function step(script: Script, { environment }: Job): Step {
  return { script, guarded: true, environment }
}

const NOTHING: Output = { rc: 0, stdout: '', stderr: '' }
