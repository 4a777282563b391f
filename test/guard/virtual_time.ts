import type { Clock } from '../../engine/guard/clock.ts'

/** Time that passes when everybody waits for it, so that hours take no time and each run of a test is the same. */
export class VirtualTime implements Clock {
  readonly #random: () => number
  readonly #waiting: { readonly at: number; readonly wake: (passed: boolean) => void }[] = []
  #now = 0

  constructor(random: () => number) {
    this.#random = random
  }

  now(): number {
    return this.#now
  }

  random(): number {
    return this.#random()
  }

  wait(ms: number): Promise<boolean> {
    return new Promise((wake) => {
      this.#waiting.push({ at: this.#now + ms, wake })
      this.#waiting.sort((a, b) => a.at - b.at)
    })
  }

  /** Lets time pass until the work is done. Throws if everybody waits for something that no time brings, or if it takes too long. */
  async pass(work: Promise<unknown>, { atMostMs }: { readonly atMostMs: number }): Promise<void> {
    let isDone = false
    const over = () => {
      isDone = true
    }
    work.then(over, over)
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (isDone) return void (await work)
      const next = this.#waiting.shift()
      if (!next) throw new Error('deadlock: nobody waits for time, and the work is not done')
      this.#now = next.at
      if (this.#now > atMostMs) throw new Error(`not done after ${atMostMs} ms`)
      next.wake(true)
    }
  }
}

/** Numbers from 0 up to 1 that look random and are the same for the same seed. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
