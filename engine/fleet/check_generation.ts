import type { Diagnostic } from '../core/diagnostic.ts'
import { cosignersOf, type Fleet, type Generation, type Member, type Placed } from './model.ts'

/** Shards that could not sign together, or not as this fleet is described; nothing where no ceremony was held. */
export function generationProblems(fleet: Fleet): readonly Diagnostic[] {
  const cosigners = cosignersOf(fleet)
  const holders = cosigners.flatMap((member) => (member.generation ? [{ member, made: member.generation }] : []))
  const [first] = holders
  if (!first) return []
  const wanted = { first, count: cosigners.length, chainId: String(fleet.profile.data['chain_id']) }
  return [...cosigners.flatMap((member) => (member.generation ? [] : [without(member)])), ...holders.flatMap((one) => misfits(one, wanted))]
}

interface Holder {
  readonly member: Member
  readonly made: Placed<Generation>
}

interface Wanted {
  readonly first: Holder
  readonly count: number
  readonly chainId: string
}

function without({ name, origin }: Member): Diagnostic {
  return problem(`\`${name}\` has no shard, and others have`, origin)
}

function misfits({ member, made }: Holder, { first, count, chainId }: Wanted): readonly Diagnostic[] {
  const { id, chain_id, shard_id, shards, threshold } = made.value
  const { name } = member
  const asked = member.threshold?.value
  const wrong: readonly (readonly [boolean, string])[] = [
    [id === first.made.value.id, `the shard of \`${name}\` was made at another time than that of \`${first.member.name}\``],
    [shard_id === member.shardId?.value, `\`${name}\` has the shard ${shard_id}, which belongs to another host`],
    [shards === count, `the shards were made for ${shards} cosigners, and there are ${count}`],
    [threshold === asked, `the shards were made so that ${threshold} sign, and \`signing_threshold\` is ${asked}`],
    [chain_id === chainId, `the shards were made for the chain ${chain_id}, and this is ${chainId}`],
  ]
  return wrong.flatMap(([fits, message]) => (fits ? [] : [problem(message, made.origin)]))
}

function problem(message: string, origin: Diagnostic['origin']): Diagnostic {
  const help =
    'take all of them from one backup with `holdfast keys restore`, or make them anew from the whole key with `holdfast keys import`'
  return { code: 'keys-mixed', message, ...(origin && { origin }), help }
}
