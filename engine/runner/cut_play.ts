import { Rejected } from '../core/diagnostic.ts'
import type { Play } from '../core/plan.ts'
import { Pending } from '../playbook/pending.ts'
import { cutBatches, sizesOf } from '../rollout/batches.ts'
import { limitOf } from '../rollout/limits.ts'
import type { Fleet } from './fleet.ts'
import { rejected } from './not_begun.ts'

export interface Cut {
  readonly batches: readonly (readonly string[])[]
  readonly limit: ReturnType<typeof limitOf>
}

/**
 * The batches of a play and its limit, their templates read with the variables of its first host, as in Ansible. Why it cannot
 * begin, where that hangs on something only this run has learned; all else was found before the first contact.
 */
export function cutPlay(play: Play, hosts: readonly string[], fleet: Fleet): Cut | string {
  const [first] = hosts
  if (first === undefined) return { batches: [], limit: {} }
  try {
    const scope = fleet.actor(first).variables.scope(play)
    return { batches: cutBatches(hosts, sizesOf(play, scope)), limit: limitOf(play, scope) }
  } catch (error) {
    // Check mode: an earlier play would have told. All hosts at once is as good a guess as any, and nothing is changed.
    if (error instanceof Pending) return { batches: [hosts], limit: {} }
    if (error instanceof Rejected) return rejected(error).message ?? error.message
    throw error
  }
}
