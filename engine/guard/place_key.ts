import { type Answer, judgePlacement, type Judgement, type Objection } from './judge_placement.ts'
import {
  type ChainKey,
  compareMarks,
  isRival,
  isSamePlace,
  placementId,
  keyName,
  latest,
  type Mark,
  type Place,
  type Placement,
} from './placement.ts'

/** The hosts of a fleet as those who look after the places of keys see them. */
export interface Registry {
  /** What each of them says; a host that cannot be asked is silent. */
  callRoll(hosts: readonly string[]): Promise<ReadonlyMap<string, Answer>>
  /** Puts records on these hosts; gives those that have just these on their disk now, none of a later turn. */
  keep(hosts: readonly string[], placements: readonly Placement[]): Promise<readonly string[]>
  /** Takes a claim back on hosts that still have it so. */
  withdraw(hosts: readonly string[], claim: Placement): Promise<void>
  /** Lets the signer of a host begin where another left off. */
  carry(host: string, mark: Mark): Promise<boolean>
  readonly now: () => string
  readonly newClaim: () => string
}

export interface Claim {
  readonly key: ChainKey
  readonly host: string
  /** The hosts of which more than half keep the records: the cosigners of the inventory, or where there are none, the signer and the sentries. */
  readonly keepers: readonly string[]
  /** Those that get copies besides, where they can: who keeps the records may be others one day. */
  readonly witnesses?: readonly string[]
  /** All that could hold a key of the chain. */
  readonly hosts: readonly string[]
  readonly vouched: ReadonlySet<string>
  readonly replaces: boolean
}

/** The record by which a key is held, or what speaks against it. */
export type Taken = { readonly record: Placement } | { readonly objections: readonly Objection[] }

/**
 * Takes a key for a host, so that it may be placed or started there for as long as the record of it stands on that host.
 *
 * The record is on more than half of the keepers before the others are asked a second time. Of two runs that take one key at
 * once, whichever wrote last is seen by the other's second look, so never both go on.
 */
export async function takeKey(registry: Registry, claim: Claim): Promise<Taken> {
  const first = await judge(registry, claim)
  const { judgement, at, answers } = first
  if (!judgement) return { objections: [noMachine(claim)] }
  if (judgement.objections.length > 0) return { objections: judgement.objections }
  if (judgement.settled) {
    await spread(registry, { record: judgement.settled, first, claim })
    return { record: judgement.settled }
  }
  const record: Placement = { ...claim.key, ...at, state: 'held', turn: judgement.turn, since: registry.now(), claim: registry.newClaim() }
  // From here on nobody brings the key there any more; whether someone just did, the second look shows.
  const closed = judgement.closed.map((one) => ({ ...one, claim: record.claim }))
  const writers = writersOf(first, claim)
  const kept = await registry.keep(writers, latest([...judgement.known, ...closed, record]))
  const objections = isEnough(kept, { claim, closed }) ? secondThoughts(await judge(registry, claim), { claim, record }) : [notKept(claim)]
  if (objections.length === 0 && (await isCarried(registry, { claim, judgement, answers }))) {
    await registry.keep(writers, closed.flatMap(released))
    return { record }
  }
  await registry.withdraw(writers, record)
  return { objections: objections.length > 0 ? objections : [notCarried(claim)] }
}

/** Gives a record to hosts that should have it and do not: they were silent, or did not keep records, when it was written. */
async function spread(
  registry: Registry,
  { record, first, claim }: { readonly record: Placement; readonly first: Judged; readonly claim: Claim },
): Promise<void> {
  const lacking = writersOf(first, claim).filter((host) => {
    const answer = first.answers.get(host)
    return answer && !('silent' in answer) && !answer.placements.some((one) => one.claim === record.claim)
  })
  if (lacking.length > 0) await registry.keep(lacking, [record])
}

/** Notes that a host has given a key away, with how far it had signed. Whoever asks later learns the same from the host itself. */
export async function releaseKey(registry: Registry, claim: Omit<Claim, 'vouched' | 'replaces'>): Promise<void> {
  const { key, host, keepers, witnesses = [], hosts } = claim
  const asked = { key, host, keepers, hosts, vouched: new Set<string>(), replaces: true }
  const { judgement, at } = await judge(registry, asked)
  if (!judgement) return
  const { turn, mark } = judgement
  const keeping = [...new Set([...keepers, ...witnesses, host])]
  const leaving: Placement = {
    ...key,
    ...at,
    state: 'leaving',
    turn,
    since: registry.now(),
    claim: registry.newClaim(),
    ...(mark && { mark }),
  }
  if (!(await registry.keep(keeping, [leaving])).includes(host)) return
  const again = (await registry.callRoll([host])).get(host)
  const isGone = again && !('silent' in again) && again.machine === at.machine && !again.keys.some((found) => isRival(found, key))
  if (isGone) await registry.keep(keeping, released(leaving))
}

/** The record of a place that was seen without the key after nobody could bring it there any more. */
function released(record: Placement): readonly Placement[] {
  return record.state === 'leaving' ? [{ ...record, state: 'released', turn: record.turn + 1 }] : []
}

interface Judged {
  readonly judgement: Judgement | undefined
  readonly at: Place
  readonly answers: ReadonlyMap<string, Answer>
}

async function judge(registry: Registry, { key, host, keepers, hosts, vouched, replaces }: Claim): Promise<Judged> {
  const answers = new Map(await registry.callRoll([...new Set([...keepers, ...hosts, host])]))
  const onRecord = [...answers.values()].flatMap((answer) => ('silent' in answer ? [] : answer.placements.map((record) => record.host)))
  const more = [...new Set(onRecord)].filter((name) => !answers.has(name))
  if (more.length > 0) for (const [name, answer] of await registry.callRoll(more)) answers.set(name, answer)
  const own = answers.get(host)
  const at = { host, machine: own && !('silent' in own) ? own.machine : '' }
  const judgement = at.machine === '' ? undefined : judgePlacement({ key, at, answers, keepers, vouched, replaces })
  return { judgement, at, answers }
}

/** By now every other place is closed by this run, so one that is not was opened by a run that is at it in this moment. */
function secondThoughts({ judgement, at }: Judged, first: { readonly claim: Claim; readonly record: Placement }): readonly Objection[] {
  if (!judgement || !isSamePlace(at, first.record)) return [noMachine(first.claim)]
  const { objections, closed, known } = judgement
  if (objections.length > 0) return objections
  const isOurs = (one: Placement) => known.some((record) => placementId(record) === placementId(one) && record.claim === first.record.claim)
  return closed
    .filter((one) => !isOurs(one))
    .map((record) => ({
      message: `another run is taking ${keyName(record)} to \`${record.host}\` at this moment`,
      help: 'see who else is at work, and run again when that is over',
    }))
}

/** All that keep records, the host itself, and those that gave the key away, which must not take it back. */
function writersOf({ judgement, at }: Judged, { keepers, witnesses = [] }: Claim): readonly string[] {
  return [...new Set([...keepers, ...witnesses, at.host, ...(judgement?.closed.map(({ host }) => host) ?? [])])]
}

function isEnough(kept: readonly string[], { claim, closed }: { readonly claim: Claim; readonly closed: readonly Placement[] }): boolean {
  const mustKnow = [claim.host, ...closed.flatMap(({ state, host }) => (state === 'leaving' ? [host] : []))]
  return (
    mustKnow.every((host) => kept.includes(host)) && claim.keepers.filter((host) => kept.includes(host)).length * 2 > claim.keepers.length
  )
}

interface Carrying {
  readonly claim: Claim
  readonly judgement: Judgement
  readonly answers: ReadonlyMap<string, Answer>
}

/** A signer that has come as far by itself is left alone: state goes forward only. */
async function isCarried(registry: Registry, { claim: { key, host }, judgement: { mark }, answers }: Carrying): Promise<boolean> {
  const own = answers.get(host)
  if (mark === undefined || key.shard === undefined || own === undefined || 'silent' in own) return true
  const marks = own.marks.filter(({ chain }) => chain === key.chain)
  const isThere = marks.length > 1 && marks.every((known) => compareMarks(known, mark) >= 0)
  // A signer that runs writes its own files, and learns from the others.
  if (isThere || own.signers.some((signer) => !signer.includes('at boot'))) return true
  return await registry.carry(host, mark)
}

function noMachine({ host }: Claim): Objection {
  return {
    message: `\`${host}\` does not say which machine it is`,
    help: 'see to it that root can be reached there, and that `/etc/machine-id` is filled in',
  }
}

function notCarried({ host }: Claim): Objection {
  return {
    message: `how far the validator has signed could not be told to \`${host}\``,
    help: 'see to it that its disk has room, and run again',
  }
}

function notKept({ key }: Claim): Objection {
  return {
    message: `too few hosts could note where ${keyName(key)} is going`,
    help: 'see to it that more than half of them can be reached and have room on their disks',
  }
}
