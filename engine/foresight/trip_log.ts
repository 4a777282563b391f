import type { Task } from '../core/plan.ts'
import type { Ahead, End } from '../runner/lookahead.ts'
import type { OnTrip } from './imagined_host.ts'
import { type Last, whyAnew } from './why_anew.ts'

/** Why a task is not looked at together with those before it. */
export interface Cut {
  readonly task: Task
  readonly why: string
  readonly hosts: readonly string[]
}

/** Hosts that go through a play together, and what may be asked about them. */
export interface BatchAhead {
  readonly hosts: readonly string[]
  /** Hosts on which a task may change something; a task may be delegated to one outside the batch. */
  readonly changing: readonly string[]
  readonly tasks: readonly Task[]
}

/** What one play costs. */
export interface Trips {
  readonly counts: { readonly [host: string]: number }
  /** In the order of the run; the first round trips of a host are none. */
  readonly cuts: readonly Cut[]
}

interface PlayLog {
  readonly counts: Map<string, number>
  readonly cuts: Map<string, { readonly task: Task; readonly why: string; readonly hosts: Set<string> }>
  readonly open: Set<string>
  batches: readonly { readonly hosts: readonly string[]; readonly changing: Set<string>; readonly tasks: Set<Task> }[]
}

/** Counts the round trips of each play and host as they are made, and notes what made each necessary. */
export class TripLog {
  readonly #plays: PlayLog[] = []
  readonly #last = new Map<string, Last>()
  readonly #ends = new Map<string, End | undefined>()
  /** The tasks that give names their values. */
  readonly #givers = new Map<string, Task>()
  #task: Task | undefined
  #isOver = false
  #brokenOff = false

  beginPlay(hosts: readonly string[]): void {
    this.#plays.push({ counts: new Map(), cuts: new Map(), open: new Set(), batches: [batchOf(hosts)] })
    this.#ends.clear()
  }

  /** For plays of several batches. */
  beginBatch(number: number, hosts: readonly string[]): void {
    const log = this.#plays.at(-1)
    if (log) log.batches = [...(number === 1 ? [] : log.batches), batchOf(hosts)]
  }

  /** The task at hand asks who guards the host. */
  mayChange(host: string): void {
    const task = this.#task
    const batch = this.#plays.at(-1)?.batches.at(-1)
    if (!task || !batch || (task.module.kind === 'control' && task.module.name !== 'reboot')) return
    batch.changing.add(host)
    batch.tasks.add(task)
  }

  /** Whose round trips follow; undefined for the first contact. */
  turnTo(task: Task | undefined): void {
    this.#task = task
    if (task?.register !== undefined) this.#givers.set(task.register, task)
    if (task?.module.name === 'set_fact') for (const { key } of task.params.entries) this.#givers.set(key, task)
  }

  /** The host is about to make a round trip that looks as far as this. */
  reach(host: string, { end }: Ahead): void {
    this.#ends.set(host, end)
  }

  add: OnTrip = ({ host, user, opening }) => {
    const log = this.#plays.at(-1)
    if (this.#isOver || !log) return
    log.counts.set(host, (log.counts.get(host) ?? 0) + 1)
    const before = this.#last.get(host)
    const task = this.#task
    const why = task && before && whyAnew({ task, user, opening, before, givers: this.#givers })
    if (task && why !== undefined) noteCut(log, { task, why, host })
    this.#last.set(host, { task, user, opening, end: opening ? before?.end : this.#ends.get(host) })
  }

  leaveOpen(why: string): void {
    this.#plays.at(-1)?.open.add(why)
  }

  /** How the play at hand begins cannot be known, and so neither can what follows. */
  breakOff(): void {
    this.#brokenOff = true
  }

  /** What follows is only for taking leave. */
  close(): void {
    this.#isOver = true
  }

  tripsOf(play: number): Trips {
    const { counts, cuts } = this.#plays[play] ?? { counts: new Map<string, number>(), cuts: new Map<string, never>() }
    return {
      counts: Object.fromEntries(counts),
      cuts: [...cuts.values()].map(({ hosts, ...cut }: { task: Task; why: string; hosts: Set<string> }) => ({ ...cut, hosts: [...hosts] })),
    }
  }

  batchesOf(play: number): readonly BatchAhead[] {
    const batches = this.#plays[play]?.batches ?? []
    return batches.map(({ hosts, changing, tasks }) => ({ hosts, changing: [...changing], tasks: [...tasks] }))
  }

  openIn(play: number): readonly string[] {
    const isReached = !this.#brokenOff || play < this.#plays.length - 1
    return [...(this.#plays[play]?.open ?? []), ...(isReached ? [] : ['how the play begins'])]
  }
}

function batchOf(hosts: readonly string[]): PlayLog['batches'][number] {
  return { hosts, changing: new Set(), tasks: new Set() }
}

function noteCut({ cuts }: PlayLog, { task, why, host }: { readonly task: Task; readonly why: string; readonly host: string }): void {
  const key = `${task.position.join('.')} ${why}`
  const cut = cuts.get(key) ?? { task, why, hosts: new Set() }
  cuts.set(key, cut)
  cut.hosts.add(host)
}
