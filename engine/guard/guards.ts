import type { ComingChange, Permit } from '../converge/permit.ts'
import type { Refusal } from '../core/module.ts'
import { lines, type Script } from '../core/script.ts'
import type { FleetPlace } from '../fleet/assemble.ts'
import { type Asking, Sentinels } from './asking.ts'
import type { Guard, Passage } from './guard.ts'
import { oneSignerGuard } from './one_signer.ts'
import type { Way } from './way.ts'

/** Who is asked before anything is changed on a host of a fleet, for the length of a run. */
export interface Guards {
  /** For one job on a host; undefined where the host serves no fleet. */
  permit(host: string, playbookFolder: string): Permit | undefined
  /** Lets go of all that is held. */
  close(): Promise<void>
}

export interface GuardsOptions {
  /** The fleet that a host serves, with the variables beside the playbooks of a folder. */
  readonly placeOf: (host: string, playbookFolder: string) => FleetPlace | undefined
  readonly wayTo: (host: string) => Way
}

/** The guards of a run. They contact nobody before the first change. */
export function createGuards({ placeOf, wayTo }: GuardsOptions): Guards {
  const sentinels = new Sentinels(wayTo)
  const guards = guardsOver(sentinels)
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
function guardsOver(asking: Asking): readonly Guard[] {
  return [oneSignerGuard(asking)]
}

/** One job's way past all guards. What one of them holds for the job is not asked for twice. */
function permitOf(guards: readonly Guard[], place: FleetPlace): Permit {
  const passages = new Map<Guard, Passage>()
  return {
    enter: async (change: ComingChange) => {
      let anew = false
      const before: Script[] = []
      for (const guard of guards) {
        if (passages.get(guard)?.leave) continue
        const passage = await guard.enter(change, place)
        passages.set(guard, passage)
        anew ||= passage.anew
        if (passage.before) before.push(passage.before)
      }
      return { anew, ...(before.length > 0 && { before: lines(before) }) }
    },
    leave: async () => await leaveAll([...passages.values()].toReversed()),
  }
}

async function leaveAll(passages: readonly Passage[]): Promise<Refusal | undefined> {
  let unwell: Refusal | undefined
  for (const { leave } of passages) unwell = (await leave?.()) ?? unwell
  return unwell
}
