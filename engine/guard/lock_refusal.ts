import { Refusal } from '../core/module.ts'
import { described } from './holder.ts'
import type { Ruling, Silent } from './lock_rule.ts'

interface Wanted {
  readonly fleet: string
  readonly hosts: readonly string[]
}

/** Why a run cannot have the lock of a fleet, and what to do. */
export function lockRefusal(ruled: Ruling, wanted: Wanted): Refusal {
  if (ruled.kind === 'lost') return heldByAnother(ruled, wanted)
  if (ruled.kind === 'few') return tooFew(ruled.silent, wanted)
  if (ruled.kind === 'won') throw new Error('a lock that is had is not refused')
  return new Refusal(
    `\`${ruled.host}\` still holds the lock of the fleet \`${wanted.fleet}\` for this very run, over another connection; nothing was changed`,
    'give no two hosts of the fleet the same address; otherwise run again in a minute, when the host has given the lost connection up',
    { code: 'fleet-lock' },
  )
}

/** Who has the lock, as far as it is known. */
export function holderWords({ by, host }: Extract<Ruling, { kind: 'lost' }>): string {
  return by ? described(by) : `somebody who is about to say so on \`${host}\``
}

function heldByAnother(ruled: Extract<Ruling, { kind: 'lost' }>, { fleet }: Wanted): Refusal {
  return new Refusal(
    `the fleet \`${fleet}\` is locked by ${holderWords(ruled)}; nothing was changed`,
    'let that run end, or end it; the lock is freed with its process, at the latest after a minute',
    { code: 'fleet-locked' },
  )
}

function tooFew(silent: readonly Silent[], { fleet, hosts }: Wanted): Refusal {
  const reasons = silent.map(({ host, why }) => `${host}: ${why}`).join('; ')
  return new Refusal(
    `the lock of the fleet \`${fleet}\` needs more than half of its ${hosts.length} hosts, and too few can be reached (${reasons}); nothing was changed`,
    `bring the hosts back; in a disaster, and only if nobody else changes this fleet, add \`--without-lock ${fleet}\``,
    { code: 'fleet-lock' },
  )
}
