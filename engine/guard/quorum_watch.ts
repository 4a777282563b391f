import type { Refusal } from '../core/module.ts'
import { Turns } from '../core/turns.ts'
import type { Member } from '../fleet/model.ts'
import type { Clock } from './clock.ts'
import type { Passage } from './guard.ts'
import { deniedRefusal, notBackRefusal } from './quorum_refusal.ts'
import { judge, type Verdict } from './quorum_rule.ts'
import type { SignerLook } from './signer_look.ts'
import { isIdle, type Looks, type Standing, standingsOf } from './standing.ts'

export interface QuorumWatchOptions {
  readonly fleet: string
  readonly cosigners: readonly Member[]
  readonly threshold: number
  readonly port: number
  /** Looks at the port of these hosts. */
  readonly look: (hosts: readonly string[]) => Promise<Looks>
  /** How long others get to come back before a change is refused. */
  readonly patienceMs: number
  /** How long a cosigner gets to come back after its change. */
  readonly returnMs: number
  readonly clock: Clock
  /** Told once when a change has to wait for others to come back. */
  readonly onWait: (why: Refusal) => void
}

interface Lease {
  readonly stood: 'up' | 'down'
  /** What was seen of the host just before. */
  readonly before: SignerLook
  readonly wasConnected: boolean
  readonly over: Promise<void>
  readonly end: () => void
}

/** The cosigners of one fleet while a run changes them: never takes one down while more than one less than the chain can do without are. */
export class QuorumWatch {
  readonly #options: QuorumWatchOptions
  readonly #leases = new Map<string, Lease>()
  readonly #broken = new Set<string>()
  readonly #turns = new Turns()
  /** Others were found down, and when; those who ask later wait no longer for the same. */
  #denied: { readonly since: number; readonly last: number } | undefined

  constructor(options: QuorumWatchOptions) {
    this.#options = options
  }

  /** Resolves when the host may be taken down for a moment; until it is left it counts as down. Throws a `Refusal` where it may not. */
  async enter(host: string, { staysDown }: { readonly staysDown: boolean }): Promise<Passage> {
    let anew = false
    for (;;) {
      const verdict = await this.#turns.take(() => this.#consider(host))
      if (verdict.kind === 'allowed') return { anew, leave: (isUsed) => this.#leave(host, { mayBeDown: staysDown || !isUsed }) }
      anew = true
      if (verdict.kind === 'busy') await this.#leases.get(verdict.host)?.over
      else await this.#beDenied(host, verdict)
    }
  }

  /** One host at a time: what was seen must still be so when it is decided. */
  async #consider(host: string): Promise<Verdict> {
    if (this.#leases.has(host)) return { kind: 'busy', host }
    const leased = new Map(this.#leases)
    const own = await this.#options.look([host])
    if (isIdle(own.get(host))) {
      this.#lease(host, { stood: 'down', before: lookAt(own, host), wasConnected: false })
      return { kind: 'allowed' }
    }
    const looks = await this.#options.look(this.#options.cosigners.map(({ name }) => name))
    const standings = this.#standings(looks)
    // A change that ended while the others were asked may have ended badly, after its host was asked.
    const leases = new Map([...leased, ...this.#leases].map(([name, { stood }]) => [name, stood]))
    const verdict = judge({ candidate: host, threshold: this.#options.threshold, standings, leases, broken: this.#broken })
    if (verdict.kind !== 'allowed') return this.#isOver(verdict) ? await this.#consider(host) : verdict
    this.#denied = undefined
    this.#lease(host, { stood: 'up', before: lookAt(looks, host), wasConnected: standings.get(host)?.state === 'up' })
    return verdict
  }

  #isOver(verdict: Verdict): boolean {
    return verdict.kind === 'busy' && !this.#leases.has(verdict.host)
  }

  #lease(host: string, lease: Omit<Lease, 'over' | 'end'>): void {
    let end = () => {}
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#leases.set(host, { ...lease, over, end })
  }

  async #beDenied(host: string, verdict: Extract<Verdict, { kind: 'denied' }>): Promise<void> {
    const { clock, patienceMs, onWait } = this.#options
    const now = clock.now()
    const refusal = deniedRefusal(host, verdict, this.#options)
    const isFirst = this.#denied === undefined || now - this.#denied.last > patienceMs
    const since = isFirst ? now : (this.#denied?.since ?? now)
    this.#denied = { since, last: now }
    if (now - since >= patienceMs) throw refusal
    if (isFirst) onWait(refusal)
    if (!(await clock.wait(POLL_MS))) throw refusal
  }

  /** Waits until the host is back, if it was there before, and lets the next one have its turn. */
  async #leave(host: string, { mayBeDown }: { readonly mayBeDown: boolean }): Promise<Refusal | undefined> {
    const lease = this.#leases.get(host)
    if (!lease) return undefined
    try {
      const isExpected = lease.stood === 'up' && lease.before.kind === 'seen' && !mayBeDown
      const why = isExpected ? await this.#untilBack(host, lease) : undefined
      if (why !== undefined) this.#broken.add(host)
      else if (isExpected) this.#broken.delete(host)
      return why === undefined ? undefined : notBackRefusal(host, why, this.#options)
    } finally {
      this.#leases.delete(host)
      lease.end()
    }
  }

  /** Gives why it is not back, if the time is over. */
  async #untilBack(host: string, lease: Lease): Promise<string | undefined> {
    const { clock, returnMs } = this.#options
    const deadline = clock.now() + returnMs
    let seen: readonly SignerLook[] = [lease.before]
    for (;;) {
      const { look, against } = await this.#lookAfter(host, lease, seen)
      if (against === undefined) return undefined
      seen = against === JUST_STARTED && look ? [lease.before, look] : [lease.before]
      if (clock.now() >= deadline || !(await clock.wait(POLL_MS))) return against
    }
  }

  /** What speaks against its being back. A program that was started anew must be seen twice. */
  async #lookAfter(host: string, lease: Lease, seen: readonly SignerLook[]) {
    const looks = await this.#options.look(this.#options.cosigners.map(({ name }) => name))
    const look = looks.get(host)
    const isKnown = wasAstray(lease) || seen.some((before) => isSameProgram(before, look))
    return { look, against: this.#against(host, lease, looks) ?? (isKnown ? undefined : JUST_STARTED) }
  }

  #against(host: string, { wasConnected }: Lease, looks: Looks): string | undefined {
    const standing = this.#standings(looks).get(host)
    const look = looks.get(host)
    if (!wasConnected && look?.kind === 'seen' && !isIdle(look)) return undefined
    return standing?.state === 'down' ? standing.why : undefined
  }

  #standings(looks: Looks): ReadonlyMap<string, Standing> {
    const { cosigners, port } = this.#options
    return standingsOf({ looks, cosigners, port })
  }
}

function lookAt(looks: Looks, host: string): SignerLook {
  return looks.get(host) ?? { kind: 'silent', why: 'nobody asked it' }
}

/** Whether it listened on another port alone: no socket is known by which it could be told again. */
function wasAstray({ before, wasConnected }: Lease): boolean {
  return !wasConnected && before.kind === 'seen' && before.listening.length === 0
}

function isSameProgram(before: SignerLook, after: SignerLook | undefined): boolean {
  if (before.kind !== 'seen' || after?.kind !== 'seen') return false
  return after.listening.some((socket) => before.listening.includes(socket))
}

const POLL_MS = 2000
const JUST_STARTED = 'it has only just been started anew'
