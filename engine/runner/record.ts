import { isDoomed } from '../batch/cursor.ts'
import { type Member, NO_COUNTS } from '../batch/member.ts'
import type { BatchEnd } from '../batch/order.ts'
import type { Counts, Missed } from '../core/event.ts'

/** How a run ended. */
export interface Summary extends Missed {
  readonly hosts: { readonly [host: string]: Counts }
  readonly failed: readonly string[]
  readonly unreachable: readonly string[]
  /** Why the run ended before its end. */
  readonly stopped?: string
}

/** What has become of the hosts so far. */
export class Record {
  readonly #counts = new Map<string, Counts>()
  readonly #failed = new Set<string>()
  readonly #unreachable = new Set<string>()
  readonly #out = new Set<string>()
  readonly #missed = new Set<string>()
  stopped: string | undefined

  /** Which hosts did not get to their end; one that has counted for something was begun. */
  get missed(): Missed {
    const missed = [...this.#missed].filter((host) => !this.#failed.has(host) && !this.#unreachable.has(host))
    const isBegun = (host: string): boolean => Object.values(this.#counts.get(host) ?? NO_COUNTS).some((count) => count > 0)
    return { unfinished: missed.filter(isBegun), notReached: missed.filter((host) => !isBegun(host)) }
  }

  get unreachable(): readonly string[] {
    return [...this.#unreachable]
  }

  get hasLosses(): boolean {
    return this.#failed.size > 0 || this.#unreachable.size > 0
  }

  isOut(host: string): boolean {
    return this.#out.has(host)
  }

  add({ members }: BatchEnd): void {
    for (const { name, counts, out } of members) {
      this.#counts.set(name, plus(this.#counts.get(name) ?? NO_COUNTS, counts))
      if (out === 'stopped') this.#missed.add(name)
    }
    this.#lose(this.#failed, failedHosts(members))
    this.#lose(
      this.#unreachable,
      members.filter(({ out }) => out === 'unreachable').map(({ name }) => name),
    )
  }

  #lose(kind: Set<string>, hosts: readonly string[]): void {
    for (const host of hosts) {
      kind.add(host)
      this.#out.add(host)
    }
  }

  stop(reason: string, rest: readonly string[]): void {
    this.stopped = reason
    for (const host of rest) this.#missed.add(host)
  }

  /** `meta: clear_host_errors`: failed hosts may take part again; that they failed stays on record. */
  clear(): void {
    this.#out.clear()
  }

  summary(): Summary {
    return {
      hosts: Object.fromEntries(this.#counts),
      failed: [...this.#failed],
      unreachable: this.unreachable,
      ...this.missed,
      ...(this.stopped !== undefined && { stopped: this.stopped }),
    }
  }
}

function plus(a: Counts, b: Counts): Counts {
  return {
    ok: a.ok + b.ok,
    changed: a.changed + b.changed,
    unreachable: a.unreachable + b.unreachable,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    unknown: a.unknown + b.unknown,
    rescued: a.rescued + b.rescued,
    ignored: a.ignored + b.ignored,
  }
}

/** Hosts that failed for good, by name. */
function failedHosts(members: readonly Member[]): readonly string[] {
  return members.filter(({ cursor, out }) => out !== 'unreachable' && isDoomed(cursor)).map(({ name }) => name)
}
