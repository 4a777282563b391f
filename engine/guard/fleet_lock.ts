import { Refusal } from '../core/module.ts'
import type { Clock } from './clock.ts'
import { Grips, type GripsOptions } from './grips.ts'
import type { Holder } from './holder.ts'
import { lockRefusal } from './lock_refusal.ts'
import { majorityOf, type Ruling, ruling } from './lock_rule.ts'

export interface FleetLockOptions extends GripsOptions {
  readonly fleet: string
  /** The operator goes on without hosts that cannot be reached. */
  readonly isForced: boolean
  /** How long to wait for another run to end. */
  readonly waitMs: number
  readonly clock: Clock
  /** Told once if it is waited for long. */
  readonly onWait: (ruling: Ruling) => void
  /** Told of a run that lost the lock without giving it back, and how long its last deeds get to come to an end. */
  readonly onSettle: (after: Holder, ms: number) => void
}

/** The lock of one fleet, on more than half of its hosts. Taken when it is first needed, kept for the run, taken again when it was lost. */
export class FleetLock {
  readonly #options: FleetLockOptions
  readonly #grips: Grips
  /** How often it was taken: what was read before is not to be believed after. */
  #times = 0
  #isHeld = false
  #taking: Promise<void> | undefined
  #refused: { readonly refusal: Refusal; readonly at: number } | undefined
  #lookedAfter = Number.NEGATIVE_INFINITY

  constructor(options: FleetLockOptions) {
    this.#options = options
    this.#grips = new Grips(options)
  }

  /** Makes sure that it is held at this moment; gives how often it has been taken. Throws a `Refusal` where it cannot be had. */
  async hold(): Promise<number> {
    while (!this.#isSafe()) {
      this.#taking ??= this.#take().finally(() => {
        this.#taking = undefined
      })
      await this.#taking
    }
    this.#lookAfter()
    return this.#times
  }

  /** Whether it is held at this moment, and has been ever since it was taken for that time. */
  isHeldSince(times: number): boolean {
    return this.#times === times && this.#isSafe()
  }

  async release(): Promise<void> {
    await this.#taking?.catch(() => undefined)
    await this.#letGo()
  }

  #isSafe(): boolean {
    const { hosts, isForced } = this.#options
    return this.#isHeld && (this.#grips.valid >= majorityOf(hosts.length) || (isForced && !this.#grips.hasLost))
  }

  async #take(): Promise<void> {
    const { clock } = this.#options
    this.#isHeld = false
    this.#stayRefused()
    const began = clock.now()
    for (let round = 1; ; round++) {
      const ruled = await this.#reach()
      if (ruled.kind === 'won') return await this.#win()
      await this.#letGo()
      await this.#pause(ruled, { round, spent: clock.now() - began })
    }
  }

  /** Who is refused once is refused at once; a run that never had the lock for good, so that it ends as it began. */
  #stayRefused(): void {
    if (!this.#refused) return
    const { refusal, at } = this.#refused
    if (this.#times === 0 || this.#options.clock.now() - at < AGAIN_MS) throw refusal
  }

  async #pause(ruled: Ruling, { round, spent }: { readonly round: number; readonly spent: number }): Promise<void> {
    const { clock, onWait } = this.#options
    const left = this.#patience(ruled) - spent
    if (left <= 0) this.#refuse(ruled)
    if (round === LONG_ROUNDS && left > RACE_MS) onWait(ruled)
    if (!(await clock.wait(RETRY_MS * (0.5 + clock.random())))) throw interrupted()
  }

  /** What another run began may still be at work on the hosts, if it did not end well. */
  async #win(): Promise<void> {
    const { clock, onSettle } = this.#options
    const after = this.#grips.takeAfter()
    if (after) onSettle(after, SETTLE_MS)
    if (after && !(await clock.wait(SETTLE_MS))) throw interrupted()
    this.#isHeld = true
    this.#times++
  }

  async #reach(): Promise<Ruling> {
    const { hosts, run, isForced } = this.#options
    const findings = await this.#grips.reach()
    return ruling(findings, { total: hosts.length, run, isForced })
  }

  #patience({ kind }: Ruling): number {
    if (kind === 'few') return 0
    return kind === 'own' ? GHOST_MS : Math.max(this.#options.waitMs, RACE_MS)
  }

  #refuse(ruled: Ruling): never {
    const refusal = lockRefusal(ruled, this.#options)
    this.#refused = { refusal, at: this.#options.clock.now() }
    throw refusal
  }

  /** A host that was rebooted is reached for again while the others still hold, and nobody waits for it. */
  #lookAfter(): void {
    const { clock } = this.#options
    if (this.#grips.areWhole || clock.now() - this.#lookedAfter < AGAIN_MS) return
    this.#lookedAfter = clock.now()
    this.#grips.mend()
  }

  async #letGo(): Promise<void> {
    this.#isHeld = false
    await this.#grips.letGo()
  }
}

function interrupted(): Refusal {
  return new Refusal('interrupted while it waited for the lock of its fleet')
}

/** Runs that begin at the same moment get out of each other's way within this time. */
const RACE_MS = 2000
const RETRY_MS = 400
const LONG_ROUNDS = 3
const AGAIN_MS = 10_000
/** A host gives a lost connection up after a minute. */
const GHOST_MS = 75_000
/** What a command does at once when its controller dies, such as a restart, is over by then. */
const SETTLE_MS = 15_000
