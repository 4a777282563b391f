import type { ComingChange } from '../converge/permit.ts'
import type { Emit } from '../core/event.ts'
import type { FleetPlace } from '../fleet/assemble.ts'
import { cosignersOf, type Fleet } from '../fleet/model.ts'
import type { Asking } from './asking.ts'
import type { Clock } from './clock.ts'
import type { Guard, Passage } from './guard.ts'
import { QuorumWatch } from './quorum_watch.ts'
import { lookAtPort, readPort } from './signer_look.ts'

export interface QuorumGuardOptions {
  readonly asking: Asking
  readonly patienceMs: number
  readonly returnMs: number
  /** Fleets whose quorum the operator does without. */
  readonly forced: ReadonlySet<string>
  readonly clock: Clock
  readonly emit: Emit
}

/** Lets a cosigner be taken down only while enough others are up. */
export function quorumGuard(options: QuorumGuardOptions): Guard {
  const watches = new Map<string, QuorumWatch>()
  const watchOf = (fleet: Fleet): QuorumWatch => {
    const watch = watches.get(fleet.name) ?? watchFor(fleet, options)
    watches.set(fleet.name, watch)
    return watch
  }
  return {
    enter: async (change: ComingChange, { fleet, member }: FleetPlace): Promise<Passage> => {
      if (!change.disrupts || member.tier !== 'cosigner' || options.forced.has(fleet.name)) return { anew: false }
      return await watchOf(fleet).enter(member.name, { staysDown: staysDown(change) })
    },
  }
}

/** A change that asks for something to be stopped leaves it so. */
function staysDown({ action, params }: ComingChange): boolean {
  return action === undefined && (params['state'] === 'stopped' || params['state'] === 'absent' || params['masked'] === true)
}

/** How many cosigners of a fleet must be up for its chain to be signed for. */
export function thresholdOf(fleet: Fleet): number {
  const cosigners = cosignersOf(fleet)
  return cosigners[0]?.threshold?.value ?? cosigners.length
}

function watchFor(fleet: Fleet, { asking, patienceMs, returnMs, clock, emit }: QuorumGuardOptions): QuorumWatch {
  const cosigners = cosignersOf(fleet)
  const port = fleet.profile.ports.cosigner
  return new QuorumWatch({
    fleet: fleet.name,
    cosigners,
    threshold: thresholdOf(fleet),
    port,
    look: async (hosts) => {
      const told = await asking.ask(hosts, lookAtPort(port))
      return new Map([...told].map(([host, said]) => [host, readPort(said, port)]))
    },
    patienceMs,
    returnMs,
    clock,
    onWait: ({ message }) => {
      const seconds = Math.round(patienceMs / 1000)
      emit({
        kind: 'warning',
        diagnostic: { code: 'quorum', message: `waiting up to ${seconds} s for cosigners of \`${fleet.name}\`: ${message}` },
      })
    },
  })
}
