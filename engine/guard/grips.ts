import type { Grip, Hold } from './hold.ts'
import type { Holder } from './holder.ts'
import { type Finding, majorityOf } from './lock_rule.ts'

export interface GripsOptions {
  /** The hosts that hold the lock, in the order in which every run reaches for it. */
  readonly hosts: readonly string[]
  readonly run: string
  /** Finds the way to a host; gives why there is none. */
  readonly approach: (host: string) => Promise<string | undefined>
  /** Reaches for the lock there. */
  readonly take: (host: string) => Promise<Grip>
}

/** What a run holds of a fleet's lock, host by host. */
export class Grips {
  readonly #options: GripsOptions
  readonly #holds = new Map<string, Hold>()
  readonly #reaching = new Map<string, Promise<Finding>>()
  /** Counts how often everything was let go: what was reached for before is let go too, whenever it comes. */
  #age = 0
  #after: Holder | undefined

  constructor(options: GripsOptions) {
    this.#options = options
  }

  /** Another run that had the lock and did not give it back, if one was met since this was last asked. */
  takeAfter(): Holder | undefined {
    const after = this.#after
    this.#after = undefined
    return after
  }

  /** How many hosts are known to keep the lock for this run at this moment. */
  get valid(): number {
    return this.#options.hosts.filter((host) => this.#has(host)).length
  }

  get areWhole(): boolean {
    return this.valid === this.#options.hosts.length
  }

  /** Whether a host that had it does not have it any more. */
  get hasLost(): boolean {
    return [...this.#holds.values()].some(({ isValid }) => !isValid)
  }

  /**
   * Reaches for every host. The first that answers decides between runs that begin at once; the others are then reached for together, and
   * not waited for once more than half are had.
   */
  async reach(): Promise<readonly Finding[]> {
    const { hosts, run } = this.#options
    const ways = new Map(hosts.map((host) => [host, this.#approach(host)]))
    const findings: Finding[] = []
    for (const [i, host] of hosts.entries()) {
      const finding = await this.#grip(host, ways)
      findings.push(finding)
      if (finding.kind === 'silent') continue
      const isOurs = finding.kind === 'taken' || finding.by?.run === run
      if (isOurs) findings.push(...(await this.#enough(hosts.slice(i + 1).map((other) => this.#grip(other, ways)))))
      break
    }
    return findings.map((finding) => (finding.kind === 'taken' && !this.#has(finding.host) ? lostAgain(finding.host) : finding))
  }

  /** Reaches for those that are missing, without waiting for them. */
  mend(): void {
    const ways = new Map(this.#options.hosts.map((host) => [host, this.#approach(host)]))
    for (const host of this.#options.hosts) void this.#grip(host, ways)
  }

  async letGo(): Promise<void> {
    this.#age++
    const holds = [...this.#holds.values()]
    this.#holds.clear()
    await Promise.all(holds.map((hold) => hold.release()))
  }

  #has(host: string): boolean {
    return this.#holds.get(host)?.isValid === true
  }

  async #approach(host: string): Promise<string | undefined> {
    return this.#has(host) ? undefined : await this.#options.approach(host)
  }

  /** What comes of these, or of as many as are needed. */
  async #enough(reaching: readonly Promise<Finding>[]): Promise<readonly Finding[]> {
    const findings: Finding[] = []
    await new Promise<void>((resolve) => {
      const note = (finding: Finding) => {
        findings.push(finding)
        if (findings.length === reaching.length || this.valid >= majorityOf(this.#options.hosts.length)) resolve()
      }
      if (reaching.length === 0) resolve()
      for (const one of reaching) void one.then(note)
    })
    return [...findings]
  }

  /** One at a time for each host. */
  #grip(host: string, ways: ReadonlyMap<string, Promise<string | undefined>>): Promise<Finding> {
    const known = this.#reaching.get(host)
    if (known) return known
    const reaching = this.#gripped(host, ways).finally(() => this.#reaching.delete(host))
    this.#reaching.set(host, reaching)
    return reaching
  }

  async #gripped(host: string, ways: ReadonlyMap<string, Promise<string | undefined>>): Promise<Finding> {
    if (this.#has(host)) return { host, kind: 'taken' }
    const age = this.#age
    await this.#forget(host)
    const why = await ways.get(host)
    if (why !== undefined) return { host, kind: 'silent', why }
    const grip = await this.#options.take(host)
    if (grip.kind !== 'taken') return { host, ...grip }
    if (grip.after && grip.after.run !== this.#options.run) this.#after = grip.after
    if (age === this.#age) {
      this.#holds.set(host, grip.hold)
      return { host, kind: 'taken' }
    }
    await grip.hold.release()
    return { host, kind: 'silent', why: 'it was let go meanwhile' }
  }

  /** What is not certain any more must not stand in the way of what is. */
  async #forget(host: string): Promise<void> {
    const hold = this.#holds.get(host)
    this.#holds.delete(host)
    await hold?.release()
  }
}

function lostAgain(host: string): Finding {
  return { host, kind: 'silent', why: 'the connection was lost again' }
}
