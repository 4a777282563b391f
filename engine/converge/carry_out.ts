import type { Result } from '../core/result.ts'
import type { Host } from '../session/host.ts'
import { act, ask, runCommand } from './act.ts'
import type { Upcoming } from './exchange.ts'
import type { Job } from './job.ts'
import { makeSo, type Progress } from './make_so.ts'
import { asResult, cutOff, isLost } from './outcome.ts'
import { underPermit } from './permit.ts'
import { unreachable } from './results.ts'

/**
 * Carries out one job on its host: look, compare, change what differs, look again. Never rejects: whatever goes wrong on the way
 * to a host or on it is a result. A connection lost while looking, or while making a state so, is made again once and the
 * job begun anew; a command that was cut off is not run twice.
 */
export async function carryOut(host: Host, job: Job, upcoming: Upcoming): Promise<Result> {
  return await underPermit(job.permit, () => carriedOut(host, job, upcoming))
}

async function carriedOut(host: Host, job: Job, upcoming: Upcoming): Promise<Result> {
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

interface Attempt {
  readonly upcoming: Upcoming
  readonly progress: Progress
}

async function attempt(host: Host, job: Job, { upcoming, progress }: Attempt): Promise<Result> {
  const { module } = job
  if (job.action) return await act(host, job, upcoming)
  if (module.kind === 'state') return await makeSo(host, job, { module, upcoming, progress })
  if (module.kind === 'query') return await ask(host, job, { module, upcoming })
  if (module.kind === 'command') return await runCommand(host, job, { module, upcoming })
  throw new Error(`${module.name} is not carried out on a host`)
}
