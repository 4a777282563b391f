import { setTimeout as sleep } from 'node:timers/promises'
import { LONGEST_MS } from '../playbook/keyword_value.ts'

/** Waits, but not beyond an interruption. Gives whether the time has passed. */
export async function wait(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(Math.min(ms, LONGEST_MS), undefined, { signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
