import { type Output, overlaps, type Resource } from '../core/module.ts'

/** Other hosts may hold this one up for long, and what was read of it before is then no look just before the task any more. */
const BELIEVED_MS = 60_000

interface Reading {
  readonly output: Output | Error
  readonly reads: readonly Resource[]
  readonly takenMs: number
}

/**
 * What probes found, kept until it may no longer be true. A reading taken ahead of its task is used only if nothing that ran
 * since could have touched what it read, and not for long; so the result equals looking just before each task.
 */
export class Readings {
  readonly #taken = new Map<string, Reading>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The reading, or why it could not be had. */
  get(key: string): Output | Error | undefined {
    const reading = this.#taken.get(key)
    return reading && this.#now() - reading.takenMs <= BELIEVED_MS ? reading.output : undefined
  }

  put(key: string, reads: readonly Resource[], output: Output | Error): void {
    this.#taken.set(key, { output, reads, takenMs: this.#now() })
  }

  /** Gives up a reading that answered a question of its own: who asks again wants to know how it is then. */
  spend(key: string): void {
    this.#taken.delete(key)
  }

  /** Drops every reading that a change of these resources may have made stale. */
  touched(resources: readonly Resource[]): void {
    for (const [key, { reads }] of this.#taken) {
      if (reads.some((read) => resources.some((touched) => overlaps(read, touched)))) this.#taken.delete(key)
    }
  }

  clear(): void {
    this.#taken.clear()
  }
}
