import type { Refusal } from '../core/module.ts'
import type { Result } from '../core/result.ts'
import type { Script } from '../core/script.ts'
import { type Job, touchesOf } from './job.ts'
import { failed } from './results.ts'

/** A change that is about to be made on a host. */
export interface ComingChange extends Pick<Job, 'module' | 'action'> {
  readonly params: { readonly [name: string]: unknown }
  /** Whether it may take a program of the host down. */
  readonly disrupts: boolean
}

export interface Permission {
  readonly anew: boolean
  /** What the host itself is to make sure of in the moment of the change; where that fails, nothing is changed. */
  readonly before?: Script
}

/** Asked before a job changes its host, and told when that is over. One that changes nothing asks for nothing. */
export interface Permit {
  /**
   * Resolves when the change may be made; `anew` if so much happened meanwhile that what was read of the host before is not to be
   * believed. Throws a `Refusal` where the change may not be made. Asked again within one job, it only makes sure.
   */
  enter(change: ComingChange): Promise<Permission>
  /** The job is over, well or not. Gives what is wrong with the host since, if something is. */
  leave(): Promise<Refusal | undefined>
}

/** Asks for the change that a job is about to make. */
export async function permission(job: Job): Promise<Permission> {
  const { module, action, params } = job
  const change = { module, params, disrupts: disrupts(job), ...(action !== undefined && { action }) }
  return (await job.permit?.enter(change)) ?? { anew: false }
}

/** Does the work, and says afterwards that it is over; a host that is not well since has failed. */
export async function underPermit(permit: Permit | undefined, work: () => Promise<Result>): Promise<Result> {
  if (!permit) return await work()
  let result: Result
  try {
    result = await work()
  } catch (error) {
    await permit.leave()
    throw error
  }
  const unwell = await permit.leave()
  if (!unwell) return result
  const message = result.status === 'changed' || result.message === undefined ? unwell.message : `${result.message}; ${unwell.message}`
  const { changes } = result
  return { ...failed(message, {}, unwell.help), changes, ...(unwell.code !== undefined && { code: unwell.code }) }
}

/** Whether a job that changes something may take a program of its host down. */
function disrupts(job: Job): boolean {
  return job.action !== undefined || (job.module.disrupts?.(job.params) ?? touchesOf(job).includes('*'))
}
