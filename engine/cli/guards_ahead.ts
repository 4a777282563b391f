import type { Foresight } from '../foresight/foresee.ts'
import { type WouldAsk, wouldAsk } from '../guard/would_ask.ts'
import { showHosts } from '../report/hosts.ts'
import { fleetsOf } from './fleets.ts'
import type { Setting } from './setting.ts'

/** A batch of a play, and the guards that would be asked in it. */
export interface GuardedBatch {
  readonly hosts: readonly string[]
  readonly guards: readonly WouldAsk[]
}

/** Who would be asked in each batch of a play, by what the inventory says. */
export function guardsAhead({ play, batches }: Foresight, setting: Setting): readonly GuardedBatch[] {
  const placeOf = fleetsOf(setting, play.folder)?.placeOf
  return batches.map(({ hosts, changing, tasks }) => ({
    hosts,
    guards: wouldAsk({ hosts: changing, tasks, placeOf: (host) => placeOf?.(host) }),
  }))
}

/** The same for a person. */
export function guardLines(batches: readonly GuardedBatch[], all: readonly string[]): readonly string[] {
  return batches.flatMap(({ hosts, guards }, i) => {
    if (guards.length === 0) return []
    const which = batches.length > 1 ? ` in batch ${i + 1} of ${batches.length}, ${showHosts(hosts, all)}` : ''
    return [`  before something changes${which}:`, ...guards.map((guard) => `    ${inWords(guard)}`)]
  })
}

function inWords(asked: WouldAsk): string {
  const { fleet, guard, hosts } = asked
  if (guard === 'lock') return `lock of \`${fleet}\`: needs ${asked.needed} of its ${hosts.length} hosts (${hosts.join(', ')})`
  if (guard === 'one signer')
    return `one signer of \`${fleet}\`: asks every host that could hold the key, before it is placed or its signer started`
  const { cosigners, threshold, othersDown } = asked
  const rule = `quorum of \`${fleet}\`, ${threshold} of ${cosigners}`
  if (othersDown === undefined) return `${rule}: refuses to take ${hosts.join(', ')} down, for none may be missing`
  const condition = othersDown === 0 ? 'all others are up' : `at most ${othersDown} of the others ${othersDown === 1 ? 'is' : 'are'} down`
  return `${rule}: lets ${hosts.join(', ')} be taken down${hosts.length > 1 ? ', one at a time,' : ''} while ${condition}`
}
