import type { Diagnostic } from '../core/diagnostic.ts'
import type { Origin } from '../core/origin.ts'
import { type Fleet, type Member, ofTier, type Placed } from './model.ts'

/** Shards, threshold and sentries that do not make a signer. */
export function signerProblems(fleet: Fleet): readonly Diagnostic[] {
  const cosigners = ofTier(fleet, 'cosigner')
  const [first] = cosigners
  if (!first) return wholeKeyProblems(fleet)
  return [
    ...shardProblems(cosigners),
    ...thresholdProblems(cosigners, first),
    ...nobodyToSignFor(fleet, first),
    ...besides(fleet, { first, others: ofTier(fleet, 'signer') }),
  ]
}

function wholeKeyProblems(fleet: Fleet): readonly Diagnostic[] {
  const [first, ...others] = ofTier(fleet, 'signer')
  return first ? [...nobodyToSignFor(fleet, first), ...besides(fleet, { first, others })] : []
}

function besides(fleet: Fleet, { first, others }: { readonly first: Member; readonly others: readonly Member[] }): readonly Diagnostic[] {
  return others.map(({ name, origin }) => ({
    code: 'fleet-signers',
    message: `\`${fleet.name}\` would be signed for by \`${name}\` besides ${first.tier === 'signer' ? `\`${first.name}\`` : 'its cosigners'}`,
    origin,
    detail: 'a host of the group `signer` holds the whole key, and two signers with one key sign two blocks of one height',
    help: 'leave one host in `signer` and none in `cosigner`, or cosigners alone',
    related: [{ message: `the ${first.tier} \`${first.name}\``, origin: first.origin }],
  }))
}

function shardProblems(cosigners: readonly Member[]): readonly Diagnostic[] {
  const count = cosigners.length
  const holders = new Map<number, Member>()
  return cosigners.flatMap((member): readonly Diagnostic[] => {
    const { name, origin, shardId, unread } = member
    const code = 'fleet-shards'
    if (!shardId && unread?.includes('shard_id')) return []
    if (!shardId) {
      const help = `give it \`shard_id\`, a number from 1 to ${count} that stays its own for good`
      return [{ code, message: `the cosigner \`${name}\` has no shard`, origin, help }]
    }
    const holder = holders.get(shardId.value)
    if (holder) return [secondHolder(member, { shardId, holder })]
    holders.set(shardId.value, member)
    if (shardId.value <= count) return []
    const message = `the shards of ${count} cosigners are 1 to ${count}, and \`${name}\` has ${shardId.value}`
    return [{ code, message, origin: shardId.origin, help: 'number the cosigners of a chain without a gap, as the shards were made' }]
  })
}

function secondHolder({ name }: Member, { shardId, holder }: { readonly shardId: Placed<number>; readonly holder: Member }): Diagnostic {
  const related = holder.shardId ? [{ message: `\`${holder.name}\` has it here`, origin: holder.shardId.origin }] : []
  return {
    code: 'fleet-shards',
    message: `\`${name}\` and \`${holder.name}\` have the same shard, ${shardId.value}`,
    origin: shardId.origin,
    help: 'give each the number of the shard it holds',
    related,
  }
}

function thresholdProblems(cosigners: readonly Member[], first: Member): readonly Diagnostic[] {
  const count = cosigners.length
  if (cosigners.some(({ unread }) => unread?.includes('signing_threshold'))) return []
  const lacking = cosigners.find(({ threshold }) => !threshold)
  const code = 'fleet-threshold'
  if (lacking) {
    const message = `the cosigner \`${lacking.name}\` has no \`signing_threshold\``
    return [{ code, message, origin: lacking.origin, help: `give it to the group \`cosigner\`: ${allowed(count)}` }]
  }
  const threshold = first.threshold as Placed<number>
  const other = cosigners.find((member) => member.threshold?.value !== threshold.value)
  return other?.threshold ? [disagreement(other, { theirs: other.threshold, threshold })] : judge(threshold, count)
}

function disagreement(
  { name }: Member,
  { theirs, threshold }: { readonly theirs: Placed<number>; readonly threshold: Placed<number> },
): Diagnostic {
  return {
    code: 'fleet-threshold',
    message: `\`${name}\` has the threshold ${theirs.value}, others have ${threshold.value}`,
    origin: theirs.origin,
    help: 'set `signing_threshold` once, on the group `cosigner`',
    related: [{ message: 'the other threshold', origin: threshold.origin }],
  }
}

function judge({ value, origin }: Placed<number>, count: number): readonly Diagnostic[] {
  const wrong = wrongThreshold(value, count)
  return wrong === undefined ? [] : [problem(wrong, origin, count)]
}

/** What is wrong with a threshold for this many cosigners; undefined if nothing is. */
export function wrongThreshold(threshold: number, cosigners: number): string | undefined {
  if (threshold > cosigners) return `${threshold} of ${cosigners} cosigners can never agree`
  if (threshold * 2 <= cosigners) return `${threshold} of ${cosigners} cosigners are no majority, so two halves could sign different blocks`
  if (cosigners - threshold < 1) return `${threshold} of ${cosigners} cosigners tolerate no loss: one that is down stops the signing`
  return undefined
}

function problem(message: string, origin: Origin, count: number): Diagnostic {
  return { code: 'fleet-threshold', message, origin, help: `set \`signing_threshold\`: ${allowed(count)}` }
}

function allowed(count: number): string {
  const [least, most] = [Math.floor(count / 2) + 1, count - 1]
  if (least > most) return 'at least 3 cosigners are needed, 2 of which agree'
  return least === most ? `${least} of ${count}` : `${least} to ${most} of ${count}`
}

function nobodyToSignFor(fleet: Fleet, first: Member): readonly Diagnostic[] {
  if (ofTier(fleet, 'sentry').length > 0) return []
  const message = `those who sign for \`${fleet.name}\` have no sentry to sign for`
  return [{ code: 'fleet-no-sentry', message, origin: first.origin, help: 'put at least one host of this chain into the group `sentry`' }]
}
