import type { FleetPlace } from '../fleet/assemble.ts'
import { cosignersOf, type Fleet } from '../fleet/model.ts'
import { isNode } from '../fleet/member.ts'
import type { Emit } from '../core/event.ts'
import { silence, type Sentinels } from './asking.ts'
import type { Clock } from './clock.ts'
import { FleetLock } from './fleet_lock.ts'
import type { Guard, Passage } from './guard.ts'
import { takeHold } from './hold.ts'
import { described, type Holder } from './holder.ts'
import { holderWords } from './lock_refusal.ts'
import type { Ruling } from './lock_rule.ts'

export interface LockGuardOptions {
  readonly sentinels: Sentinels
  /** Who holds what is taken; when, is added. */
  readonly holder: Omit<Holder, 'since'>
  readonly waitMs: number
  /** Fleets whose unreachable hosts the operator does without. */
  readonly forced: ReadonlySet<string>
  readonly clock: Clock
  readonly emit: Emit
}

/** Lets one run at a time change the hosts of a fleet. The lock is taken before the first change, and one that was lost before the next. */
export function lockGuard(options: LockGuardOptions): Guard {
  const locks = new Map<string, FleetLock>()
  /** How often the lock had been taken when a host was last looked at anew. */
  const seen = new Map<string, number>()
  const lockOf = (fleet: Fleet): FleetLock => {
    const lock = locks.get(fleet.name) ?? lockFor(fleet, options)
    locks.set(fleet.name, lock)
    return lock
  }
  return {
    enter: async (_, { fleet, member }: FleetPlace): Promise<Passage> => {
      const lock = lockOf(fleet)
      const times = await lock.hold()
      const anew = seen.get(member.name) !== times
      seen.set(member.name, times)
      return { anew, isStill: () => lock.isHeldSince(times) }
    },
    close: async () => {
      await Promise.all([...locks.values()].map((lock) => lock.release()))
    },
  }
}

/** The hosts that hold the lock of a fleet: its cosigners; without any its nodes, else all it has. */
export function lockHosts(fleet: Fleet): readonly string[] {
  const nodes = fleet.members.filter(({ tier }) => isNode(tier))
  const holding = [cosignersOf(fleet), nodes, fleet.members].find((members) => members.length > 0) ?? []
  return holding.map(({ name }) => name)
}

function lockFor(fleet: Fleet, { sentinels, holder, waitMs, forced, clock, emit }: LockGuardOptions): FleetLock {
  const whole = { ...holder, since: new Date().toISOString() }
  return new FleetLock({
    fleet: fleet.name,
    hosts: lockHosts(fleet),
    run: holder.run,
    isForced: forced.has(fleet.name),
    waitMs,
    clock,
    approach: (host) =>
      sentinels
        .of(host)
        .root()
        .then(nothing, (error) => silence(error).silent),
    take: (host) =>
      takeHold(sentinels.of(host), { fleet: fleet.name, holder: whole }).catch((error) => ({ kind: 'silent', why: silence(error).silent })),
    onWait: (ruled) => emit({ kind: 'warning', diagnostic: waiting(fleet.name, ruled) }),
    onSettle: (after, ms) => emit({ kind: 'warning', diagnostic: settling(fleet.name, after, ms) }),
  })
}

function nothing(): undefined {
  return undefined
}

function waiting(fleet: string, ruled: Ruling) {
  const who = ruled.kind === 'lost' ? `, which is held by ${holderWords(ruled)}` : ''
  return { code: 'fleet-locked', message: `waiting for the lock of the fleet \`${fleet}\`${who}` }
}

function settling(fleet: string, after: Holder, ms: number) {
  const message = `the run of ${described(after)} lost the lock of \`${fleet}\` without giving it back; waiting ${ms / 1000} s for what it began`
  return { code: 'fleet-lock', message }
}
