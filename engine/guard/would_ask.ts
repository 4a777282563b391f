import type { Task } from '../core/plan.ts'
import type { FleetPlace } from '../fleet/assemble.ts'
import { cosignersOf, type Fleet } from '../fleet/model.ts'
import { lockHosts } from './lock_guard.ts'
import { majorityOf } from './lock_rule.ts'
import { thresholdOf } from './quorum_guard.ts'
import { judge } from './quorum_rule.ts'

/** A guard that would be asked, and what it goes by; how the hosts stand at that time, only they can tell. */
export type WouldAsk = { readonly fleet: string } & (
  | { readonly guard: 'lock'; readonly hosts: readonly string[]; readonly needed: number }
  | {
      readonly guard: 'quorum'
      /** Those that may be taken down, one at a time. */
      readonly hosts: readonly string[]
      readonly cosigners: number
      readonly threshold: number
      /** How many of the others may be down already; left out where none may be taken down though all are up. */
      readonly othersDown?: number
    }
  | { readonly guard: 'one signer'; readonly hosts: readonly string[] }
)

interface Asked {
  /** Those on which a task could change something. */
  readonly hosts: readonly string[]
  /** What could change something there. */
  readonly tasks: readonly Pick<Task, 'module'>[]
  readonly placeOf: (host: string) => FleetPlace | undefined
}

/** The guards that would be asked before hosts are changed, by what the inventory says of them. In the order in which they are asked. */
export function wouldAsk({ hosts, tasks, placeOf }: Asked): readonly WouldAsk[] {
  const places = hosts.flatMap((host) => placeOf(host) ?? [])
  const signs = tasks.some(({ module }) => module.kind === 'state' && module.signs !== undefined)
  return [...new Set(places.map(({ fleet }) => fleet))].flatMap((fleet) => {
    const there = places.filter((place) => place.fleet === fleet).map(({ member }) => member)
    const holding = lockHosts(fleet)
    const cosigners = there.filter(({ tier }) => tier === 'cosigner').map(({ name }) => name)
    return [
      { fleet: fleet.name, guard: 'lock' as const, hosts: holding, needed: majorityOf(holding.length) },
      ...(signs ? [{ fleet: fleet.name, guard: 'one signer' as const, hosts: there.map(({ name }) => name) }] : []),
      ...(cosigners.length > 0 ? [quorumFor(fleet, cosigners)] : []),
    ]
  })
}

function quorumFor(fleet: Fleet, hosts: readonly string[]): Extract<WouldAsk, { guard: 'quorum' }> {
  const all = cosignersOf(fleet).map(({ name }) => name)
  const threshold = thresholdOf(fleet)
  const asked = { fleet: fleet.name, guard: 'quorum' as const, hosts, cosigners: all.length, threshold }
  const standings = new Map(all.map((name) => [name, { state: 'up' as const }]))
  const verdict = judge({ candidate: hosts[0] as string, threshold, standings, leases: new Map(), broken: new Set() })
  return verdict.kind === 'allowed' ? { ...asked, othersDown: all.length - threshold - 1 } : asked
}
