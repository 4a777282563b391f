import type { ComingChange, Permit } from '../converge/permit.ts'
import type { Refusal } from '../core/module.ts'
import { lines } from '../core/script.ts'
import type { FleetPlace } from '../fleet/assemble.ts'
import type { Guard, Passage } from './guard.ts'

/** One job's way past all guards, in their order. What an earlier one said must still hold when the last one lets the change pass. */
export function permitOf(guards: readonly Guard[], place: FleetPlace): Permit {
  let passages: readonly Passage[] = []
  let isUsed = false
  const leave = async (): Promise<Refusal | undefined> => {
    const held = passages.toReversed()
    passages = []
    return await leaveAll(held, isUsed)
  }
  const enterAll = async (change: ComingChange): Promise<void> => {
    for (const guard of guards) passages = [...passages, await guard.enter(change, place)]
  }
  return {
    enter: async (change) => {
      if (isUsed && stillHold(passages)) return permission(passages, false)
      let anew = false
      do {
        await leave()
        await enterAll(change)
        anew ||= passages.some((passage) => passage.anew)
      } while (!stillHold(passages))
      isUsed = true
      return permission(passages, anew)
    },
    leave,
  }
}

/** What the host is to make sure of itself is the same the second time. */
function permission(passages: readonly Passage[], anew: boolean) {
  const before = passages.flatMap((passage) => (passage.before ? [passage.before] : []))
  return { anew, ...(before.length > 0 && { before: lines(before) }) }
}

function stillHold(passages: readonly Passage[]): boolean {
  return passages.every(({ isStill }) => isStill?.() ?? true)
}

async function leaveAll(passages: readonly Passage[], isUsed: boolean): Promise<Refusal | undefined> {
  let unwell: Refusal | undefined
  for (const { leave } of passages) unwell = (await leave?.(isUsed)) ?? unwell
  return unwell
}
