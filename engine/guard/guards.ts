import type { Permit } from '../converge/permit.ts'
import type { FleetPlace } from '../fleet/assemble.ts'
import { Sentinels } from './asking.ts'
import type { Guard } from './guard.ts'
import { lockGuard, type LockGuardOptions } from './lock_guard.ts'
import { oneSignerGuard } from './one_signer.ts'
import { permitOf } from './permit.ts'
import { quorumGuard, type QuorumGuardOptions } from './quorum_guard.ts'
import type { Way } from './way.ts'

/** Who is asked before anything is changed on a host of a fleet, for the length of a run. */
export interface Guards {
  /** For one job on a host; undefined where the host serves no fleet. */
  permit(host: string, playbookFolder: string): Permit | undefined
  /** Lets go of all that is held. */
  close(): Promise<void>
}

export interface GuardsOptions
  extends Omit<LockGuardOptions, 'sentinels' | 'forced' | 'waitMs'>,
    Pick<QuorumGuardOptions, 'patienceMs' | 'returnMs'> {
  /** How long to wait for another run to end. */
  readonly lockWaitMs: number
  /** Fleets for which the operator does without a guard. */
  readonly without: { readonly lock: ReadonlySet<string>; readonly quorum: ReadonlySet<string> }
  /** The fleet that a host serves, with the variables beside the playbooks of a folder. */
  readonly placeOf: (host: string, playbookFolder: string) => FleetPlace | undefined
  readonly wayTo: (host: string) => Way
}

/** The guards of a run. They contact nobody before the first change. */
export function createGuards(options: GuardsOptions): Guards {
  const { placeOf, wayTo } = options
  const sentinels = new Sentinels(wayTo)
  const guards = guardsOver(sentinels, options)
  return {
    permit: (host, folder) => {
      const place = placeOf(host, folder)
      return place && permitOf(guards, place)
    },
    close: async () => {
      for (const guard of guards.toReversed()) await guard.close?.()
      await sentinels.close()
    },
  }
}

/** In the order in which they are asked. */
function guardsOver(sentinels: Sentinels, { lockWaitMs, without, ...options }: GuardsOptions): readonly Guard[] {
  return [
    lockGuard({ ...options, sentinels, waitMs: lockWaitMs, forced: without.lock }),
    oneSignerGuard(sentinels),
    quorumGuard({ ...options, asking: sentinels, forced: without.quorum }),
  ]
}
