import type { Assignment } from './outcome.ts'

/** Test files that wait to be run, handed out in order, but never two at once that need the same for themselves. */
export interface Queue {
  /** The next file that may run now, waiting for it if need be; nothing once all have been handed out. */
  readonly take: () => Promise<Assignment | undefined>
  /** A file that was taken has ended. */
  readonly release: (file: Assignment) => void
  /** Hands out no further file. */
  readonly stop: () => void
}

export function createQueue(files: readonly Assignment[]): Queue {
  let waiting = files
  const held = new Set<string>()
  let wake: (() => void)[] = []

  return {
    take: async () => {
      for (; waiting.length > 0; await new Promise<void>((resolve) => void wake.push(resolve))) {
        const next = waiting.find(({ needs }) => !needs.some((need) => held.has(need)))
        if (!next) continue
        waiting = waiting.filter((file) => file !== next)
        for (const need of next.needs) held.add(need)
        return next
      }
      return undefined
    },
    release: ({ needs }) => {
      for (const need of needs) held.delete(need)
      wakeAll()
    },
    stop: () => {
      waiting = []
      wakeAll()
    },
  }

  function wakeAll(): void {
    const woken = wake
    wake = []
    for (const resolve of woken) resolve()
  }
}
