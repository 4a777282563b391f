import type { TransportError } from './host.ts'
import { timeoutProblem } from './problem.ts'
import type { HostTarget } from './target.ts'

/** A time limit that stands still while a person is asked something. */
export interface Deadline {
  /** Calls back when the time is over. */
  onExpiry(act: (problem: TransportError) => void): void
  expired(): TransportError | undefined
  /** The promise, or the expiry if that comes first; what arrives too late goes to `discard`. */
  race<T>(promise: Promise<T>, discard: (late: T) => void): Promise<T>
  /** Stops the clock until the promise settles. */
  pause<T>(promise: Promise<T>): Promise<T>
  stop(): void
}

export function deadline(ms: number, target: HostTarget): Deadline {
  const acts: ((problem: TransportError) => void)[] = []
  let over: TransportError | undefined
  let left = ms
  let since = Date.now()
  const expire = () => {
    over = timeoutProblem(target)
    for (const act of acts) act(over)
  }
  let timer = setTimeout(expire, left)
  const onExpiry = (act: (problem: TransportError) => void) => void (over ? act(over) : acts.push(act))
  return {
    onExpiry,
    expired: () => over,
    stop: () => clearTimeout(timer),
    race: (promise, discard) =>
      new Promise((resolve, reject) => {
        onExpiry(reject)
        promise.then((value) => (over ? discard(value) : resolve(value)), reject)
      }),
    pause: async (promise) => {
      clearTimeout(timer)
      left -= Date.now() - since
      try {
        return await promise
      } finally {
        since = Date.now()
        if (!over) timer = setTimeout(expire, Math.max(left, 0))
      }
    },
  }
}
