/** Lets only so many logins knock at one door at a time: sshd drops connections from the tenth unfinished one on. */
export interface StartLimit {
  /** Runs `start` when every door has room; a door is `address:port`, of the host itself or of what stands before it. */
  run<T>(doors: readonly string[], start: () => Promise<T>): Promise<T>
}

export function createStartLimit(most = MOST_STARTS): StartLimit {
  const doors = new Map<string, Door>()
  return {
    async run(names, start) {
      // Always in the same order, so that two starts never wait for each other's door.
      const wanted = [...new Set(names)].sort()
      for (const name of wanted) await enter(doors, name, most)
      try {
        return await start()
      } finally {
        for (const name of wanted) leave(doors, name)
      }
    },
  }
}

export interface RetrySchedule {
  readonly retries: number
  readonly firstMs?: number
  readonly mostMs?: number
}

/** How long to wait before each further try: doubling, up to a limit, each with a random part so that hosts do not come back together. */
export function retryDelays({ retries, firstMs = 250, mostMs = 5000 }: RetrySchedule, random: () => number): readonly number[] {
  return Array.from({ length: Math.max(0, retries) }, (_, i) => {
    const whole = Math.min(mostMs, firstMs * 2 ** i)
    return Math.round(whole / 2 + (whole / 2) * random())
  })
}

/** Two below the default limit of sshd, for the operator's own logins. */
const MOST_STARTS = 8

interface Door {
  inside: number
  readonly waiting: (() => void)[]
}

async function enter(doors: Map<string, Door>, name: string, most: number): Promise<void> {
  const door = doors.get(name) ?? { inside: 0, waiting: [] }
  doors.set(name, door)
  if (door.inside < most) door.inside += 1
  else await new Promise<void>((resolve) => door.waiting.push(resolve))
}

function leave(doors: Map<string, Door>, name: string): void {
  const door = doors.get(name)
  const next = door?.waiting.shift()
  // The place is handed on, so nobody can slip in between.
  if (next) next()
  else if (door && --door.inside === 0) doors.delete(name)
}
