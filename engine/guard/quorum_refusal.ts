import { Refusal } from '../core/module.ts'
import type { Member } from '../fleet/model.ts'
import type { Down, Verdict } from './quorum_rule.ts'

interface Watched {
  readonly fleet: string
  readonly cosigners: readonly Member[]
  readonly threshold: number
}

/** Why a cosigner must not be taken down now, and what to do. */
export function deniedRefusal(host: string, { down, broken }: Extract<Verdict, { kind: 'denied' }>, watched: Watched): Refusal {
  const { fleet, cosigners, threshold } = watched
  const spare = cosigners.length - threshold
  const rule = `of the ${cosigners.length} cosigners of \`${fleet}\` at most ${spare} may be down at once`
  const isBroken = broken.length > 0 && down.length < spare
  const why = isBroken
    ? `this run has taken ${broken.join(', ')} down and it did not come back`
    : `${rule}, and without it already ${number(down.length)} down`
  return new Refusal(
    `\`${host}\` may not be disturbed: ${why} (${down.map(words).join('; ')}); it was left untouched`,
    `bring ${down.map((one) => one.host).join(', ')} back, then run again; in a disaster, and only if it is clear that nobody can sign anyway, add \`--without-quorum ${fleet}\``,
    { code: 'quorum' },
  )
}

/** What is to be done about a cosigner that a change took down for good. */
export function notBackRefusal(host: string, why: string, { fleet }: Watched): Refusal {
  return new Refusal(
    `the cosigner \`${host}\` of \`${fleet}\` was up before this change and has not come back after it: ${why}`,
    'look at the signer on the host (`systemctl status`, `journalctl -e`) and mend it; no other cosigner is disturbed meanwhile',
    { code: 'signer-down' },
  )
}

function words({ host, why }: Down): string {
  return `${host}: ${why}`
}

function number(count: number): string {
  return count === 1 ? '1 is' : `${count} are`
}
