import type { TaskRef } from '../core/event.ts'
import { showOrigin } from '../core/origin.ts'
import type { Result } from '../core/result.ts'

/** What one host had to say about one task. */
export interface Entry {
  readonly host: string
  readonly task: TaskRef
  readonly messages: readonly string[]
  readonly result: Result
  readonly delegate?: string
  readonly rescued?: boolean
}

interface Group {
  readonly key: string
  readonly entries: Map<string, Entry>
}

/**
 * Puts results back into the order of the plan, and of the inventory within a task, however they arrive: a task is given
 * out once every host still in the play has reported it or has gone past it.
 */
export class TaskOrder {
  #rank: ReadonlyMap<string, number> = new Map()
  #groups: Group[] = []
  #taken = 0
  /** For each host still in the play, how many groups lie behind it. */
  readonly #passed = new Map<string, number>()

  /** Starts a batch; results of earlier ones must have been taken. */
  begin(hosts: readonly string[]): void {
    this.#rank = new Map(hosts.map((host, i) => [host, i]))
    this.#groups = []
    this.#taken = 0
    this.#passed.clear()
    for (const host of hosts) this.#passed.set(host, 0)
  }

  /** Adds a result; `leaves` says that the host's play ends with it. */
  add(entry: Entry, leaves: boolean): void {
    const { host } = entry
    const index = this.#place(host, keyOf(entry.task))
    this.#groups[index - this.#taken]?.entries.set(host, entry)
    if (leaves) this.#passed.delete(host)
    else this.#passed.set(host, index + 1)
  }

  /** The tasks no host can add to any more, each with its hosts in inventory order. */
  take(): readonly (readonly Entry[])[] {
    const behind = this.#passed.size === 0 ? Number.POSITIVE_INFINITY : Math.min(...this.#passed.values())
    return this.#giveOut(Math.min(this.#groups.length, behind - this.#taken))
  }

  /** All that is left, at the end of a batch or run. */
  takeRest(): readonly (readonly Entry[])[] {
    return this.#giveOut(this.#groups.length)
  }

  #place(host: string, key: string): number {
    const from = Math.max(0, (this.#passed.get(host) ?? 0) - this.#taken)
    const found = this.#groups.findIndex((group, i) => i >= from && group.key === key && !group.entries.has(host))
    if (found >= 0) return found + this.#taken
    this.#groups.push({ key, entries: new Map() })
    return this.#groups.length - 1 + this.#taken
  }

  #giveOut(count: number): readonly (readonly Entry[])[] {
    const groups = this.#groups.splice(0, Math.max(0, count))
    this.#taken += groups.length
    return groups.map(({ entries }) => this.#sorted(entries))
  }

  #sorted(entries: ReadonlyMap<string, Entry>): readonly Entry[] {
    const rank = (host: string) => this.#rank.get(host) ?? this.#rank.size
    return [...entries.values()].sort((a, b) => rank(a.host) - rank(b.host))
  }
}

function keyOf({ origin, handler }: TaskRef): string {
  return `${handler} ${showOrigin(origin)}`
}
