import type { Member } from '../../engine/fleet/model.ts'
import type { Grip } from '../../engine/guard/hold.ts'
import type { Holder } from '../../engine/guard/holder.ts'
import type { Link, SignerLook } from '../../engine/guard/signer_look.ts'
import type { VirtualTime } from './virtual_time.ts'

/** A cosigner that is only imagined. */
export interface Imagined {
  readonly member: Member
  isReachable: boolean
  isUp: boolean
  /** Listens on another port than the inventory says. */
  isAstray: boolean
  /** Changes when its program is started. */
  socket: number
  /** When it last went down by itself. */
  diedAt: number
  /** When it last came up. */
  roseAt: number
  /** Those of another part of the network cannot be reached from here. */
  part: number
  /** When the network was last split otherwise. */
  splitAt: number
  lock: Held | undefined
  /** What the file of the lock says. */
  written: Holder | undefined
}

interface Held {
  readonly holder: Holder
  isKnown: boolean
}

/** Cosigners, what happens to them, and what the guards of several runs see of them. */
export class World {
  readonly hosts: ReadonlyMap<string, Imagined>
  readonly #time: VirtualTime
  readonly #dead = new Set<string>()

  /** Told before a host answers a look. */
  onLook: (name: string) => void = () => undefined

  constructor(count: number, time: VirtualTime) {
    this.#time = time
    this.hosts = new Map(Array.from({ length: count }, (_, i) => [`c${i + 1}`, imagined(i + 1)]))
  }

  get members(): readonly Member[] {
    return [...this.hosts.values()].map(({ member }) => member)
  }

  of(name: string): Imagined {
    return this.hosts.get(name) as Imagined
  }

  /** Each answers at a moment of its own. */
  async look(names: readonly string[]): Promise<ReadonlyMap<string, SignerLook>> {
    const seen = names.map(async (name): Promise<readonly [string, SignerLook]> => {
      await this.#moment()
      this.onLook(name)
      const look = this.#seen(this.of(name))
      await this.#moment()
      return [name, look]
    })
    return new Map(await Promise.all(seen))
  }

  async take(name: string, holder: Holder): Promise<Grip> {
    await this.#moment()
    if (this.#dead.has(holder.run)) return await NEVER
    const host = this.of(name)
    if (!host.isReachable) return { kind: 'silent', why: 'it is away' }
    if (host.lock) return { kind: 'held', by: host.lock.holder }
    const [held, after] = [{ holder, isKnown: true }, host.written]
    host.lock = held
    host.written = holder
    await this.#moment()
    const release = async () => {
      held.isKnown = false
      await this.#moment()
      if (host.lock !== held) return
      host.lock = undefined
      host.written = undefined
    }
    return {
      kind: 'taken',
      hold: {
        get isValid() {
          return held.isKnown
        },
        release,
      },
      ...(after && { after }),
    }
  }

  /** The connection that holds the lock breaks: both ends hear of it, or each in its own time, this one first. */
  async cut(name: string, { silently }: { readonly silently: boolean }): Promise<void> {
    const held = this.of(name).lock
    if (!held) return
    if (silently) await this.#time.wait(40_000)
    held.isKnown = false
    if (silently) await this.#time.wait(20_000)
    if (this.of(name).lock === held) this.of(name).lock = undefined
  }

  /** A controller dies: what it held is free, and what it wrote stays. */
  kill(run: string): void {
    this.#dead.add(run)
    for (const host of this.hosts.values()) {
      if (host.lock?.holder.run !== run) continue
      host.lock.isKnown = false
      host.lock = undefined
    }
  }

  /** The signer dies, or the whole host. */
  die(name: string, { whole }: { readonly whole: boolean }): void {
    const host = this.of(name)
    if (host.isUp) host.diedAt = this.#time.now()
    host.isUp = false
    if (!whole) return
    host.isReachable = false
    if (host.lock) host.lock.isKnown = false
    host.lock = undefined
    host.written = undefined
  }

  rise(name: string): void {
    const host = this.of(name)
    host.isReachable = true
    if (host.isUp) return
    host.socket++
    host.isUp = true
    host.roseAt = this.#time.now()
  }

  /** The network is split, or mended: the cosigners of each part reach each other only. */
  split(parts: readonly number[]): void {
    for (const [i, host] of [...this.hosts.values()].entries()) {
      host.part = parts[i % parts.length] ?? 0
      host.splitAt = this.#time.now()
    }
  }

  /** The most that were up and reached each other at a moment, as far as it is known now. */
  largestPart(at: number): readonly Imagined[] {
    const up = [...this.hosts.values()].filter(({ isUp, diedAt }) => isUp || diedAt >= at)
    const parts = [...new Set(up.map(({ part }) => part))].map((part) => up.filter((host) => host.part === part))
    return parts.toSorted((a, b) => b.length - a.length)[0] ?? []
  }

  async #moment(): Promise<void> {
    await this.#time.wait(1 + this.#time.random() * 20)
  }

  #seen(host: Imagined): SignerLook {
    if (!host.isReachable) return { kind: 'silent', why: 'it is away' }
    if (!host.isUp) return { kind: 'seen', listening: [], links: [], astray: [] }
    if (host.isAstray) return { kind: 'seen', listening: [], links: [], astray: [2223] }
    const others = [...this.hosts.values()].filter((other) => other !== host && other.isUp && !other.isAstray)
    return { kind: 'seen', listening: [String(host.socket)], links: others.map((other) => linkOf(host, other)), astray: [] }
  }
}

/** What was connected when the network was split stays so for long, and nothing goes over it. */
function linkOf(one: Imagined, other: Imagined): Link {
  const end = ({ member }: Imagined) => ({ address: member.privateAddress?.value ?? '', port: 2222 })
  return { local: end(one), remote: end(other), isStuck: one.part !== other.part }
}

function imagined(number: number): Imagined {
  const origin = { file: 'hosts.yml', line: number, column: 1 }
  const member: Member = {
    name: `c${number}`,
    origin,
    tier: 'cosigner',
    chain: { value: 'x', origin },
    privateAddress: { value: `10.0.0.${number}`, origin },
  }
  return {
    member,
    isReachable: true,
    isUp: true,
    isAstray: false,
    socket: 1,
    diedAt: LONG_AGO,
    roseAt: LONG_AGO,
    part: 0,
    splitAt: LONG_AGO,
    lock: undefined,
    written: undefined,
  }
}

export const LONG_AGO = Number.NEGATIVE_INFINITY

/** What a dead controller waits for. */
const NEVER = new Promise<never>(() => undefined)
