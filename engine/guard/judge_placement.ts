import type { SigningKey } from '../core/signing_key.ts'
import {
  type ChainKey,
  compareMarks,
  isOpen,
  isRival,
  isSamePlace,
  keyName,
  latest,
  type Mark,
  type Place,
  type Placement,
} from './placement.ts'

/** A key that was found on a host. A whole key does not tell for which chain it is. */
export interface FoundKey extends SigningKey {
  readonly chain?: string
  readonly path: string
}

/** What a host says when the roll of keys is called. */
export interface Account {
  readonly machine: string
  readonly keys: readonly FoundKey[]
  /** Files that have the name of a key and do not tell which one it is. */
  readonly unread: readonly string[]
  /** Signers that run, or would at the next boot: `horcrux.service is active`. */
  readonly signers: readonly string[]
  readonly placements: readonly Placement[]
  readonly marks: readonly (Mark & { readonly chain: string; readonly path: string })[]
}

export type Answer = Account | { readonly silent: string }

/** What has to be decided: whether a key may sign from a place. */
export interface PlacementCase {
  readonly key: ChainKey
  readonly at: Place
  /** Of every host of the fleet that can hold a key, and of every one on record. */
  readonly answers: ReadonlyMap<string, Answer>
  /** The hosts that keep the records. */
  readonly keepers: readonly string[]
  /** Places that cannot sign any more for certain, as an operator says: `HOST/MACHINE`, or `HOST` alone where nothing is on record of it. */
  readonly vouched: ReadonlySet<string>
  /** The validator gets another key: that cosigners still hold parts of the old one is no mistake. */
  readonly replaces: boolean
}

export interface Objection {
  readonly message: string
  readonly help: string
}

export interface Judgement {
  readonly objections: readonly Objection[]
  /** The record by which it is here already; nothing has to be written then. */
  readonly settled: Placement | undefined
  /** Records of places that the key is gone from, or that were vouched for, as they have to be written now. */
  readonly closed: readonly Placement[]
  /** Every record that counts, of whatever key, so that a keeper that lost its own gets them back. */
  readonly known: readonly Placement[]
  /** The turn of the next record. */
  readonly turn: number
  /** The furthest that any signer of the chain has come, as far as is known. */
  readonly mark: Mark | undefined
}

/**
 * Whether a key may sign from a place. Where it is on record here and lies here, a majority of the records must be there to read, and nothing
 * may speak against it. Anywhere else, every host must have said that it is not there: what cannot be known counts against it.
 */
export function judgePlacement(asked: PlacementCase): Judgement {
  const { key, at, answers } = asked
  const accounts = [...answers].flatMap(([host, answer]) => (isSilent(answer) ? [] : [{ host, ...answer }]))
  const known = latest(accounts.flatMap(({ placements }) => placements))
  const records = known.filter((record) => isRival(record, key))
  const isHere = accounts.some(({ host, keys }) => host === at.host && keys.some((found) => isRival(found, key)))
  const own = records.find((record) => record.state === 'held' && isSamePlace(record, at) && record.shard === key.shard)
  // The host itself goes by what stands on its own disk.
  const isKept = accounts.some(({ host, placements }) => host === at.host && placements.some(({ claim }) => claim === own?.claim))
  const settled = isHere && isKept ? own : undefined
  const rivals = records.filter((record) => isOpen(record) && !(isSamePlace(record, at) && record.shard === key.shard))
  const turn = 1 + Math.max(0, ...records.map((record) => record.turn))
  return {
    objections: [
      ...tooFewKeepers(asked),
      ...accounts.flatMap((account) => foundElsewhere(account, asked)),
      ...rivals.flatMap((record) => stillHeld(record, asked)),
      ...(settled
        ? []
        : [
            ...unheard(asked, rivals),
            ...accounts.flatMap((account) => unread(account, asked)),
            ...partsOfAnother(accounts, asked),
            ...otherSplitting(known, asked),
            ...stateBehind(accounts, { asked, records }),
          ]),
    ],
    settled,
    known,
    closed: rivals.flatMap((record) => closing(record, { asked, turn })),
    turn,
    mark: furthest(accounts, { chain: key.chain, records }),
  }
}

/** How an operator names a place to vouch for it. */
export function placeName({ host, machine }: Place): string {
  return `${host}/${machine}`
}

function isSilent(answer: Answer | undefined): answer is { readonly silent: string } {
  return answer === undefined || 'silent' in answer
}

/** What is written to more than half and read from more than half is never missed. */
function tooFewKeepers({ answers, keepers, key }: PlacementCase): readonly Objection[] {
  const heard = keepers.filter((host) => !isSilent(answers.get(host)))
  if (heard.length * 2 > keepers.length) return []
  const message = `${heard.length} of ${keepers.length} hosts that keep the records answer, too few to know where ${keyName(key)} is`
  return [{ message, help: 'see to it that more than half of them can be reached' }]
}

function foundElsewhere(
  { host, keys }: { readonly host: string; readonly keys: readonly FoundKey[] },
  { key, at }: PlacementCase,
): Objection[] {
  // The key itself is what is placed here; a whole key beside a shard of it is another signer.
  const isOther = (found: FoundKey) => isRival(found, key) && (host !== at.host || found.shard !== key.shard)
  return keys.filter(isOther).map((found) => ({
    message: `${found.shard === undefined ? `the whole key of \`${key.chain}\`` : keyName({ ...found, chain: key.chain })} is on \`${host}\`: ${found.path}`,
    help: `stop and disable what signs on \`${host}\`, and take the key away from it before it goes elsewhere`,
  }))
}

function stillHeld(record: Placement, { answers, vouched }: PlacementCase): readonly Objection[] {
  if (vouched.has(placeName(record))) return []
  const { host, machine, since } = record
  const answer = answers.get(host)
  const what = `${keyName(record)} is on record on \`${host}\` since ${since}`
  const help = `release it there; only if that machine is destroyed for certain, vouch for it: \`${placeName(record)}\``
  if (answer === undefined || 'silent' in answer)
    return [{ message: `${what}, and that host does not answer: ${answer?.silent ?? 'nobody asked it'}`, help }]
  if (answer.machine !== machine) return [{ message: `${what}, and another machine has that name now`, help }]
  // The key itself is gone from there, or `foundElsewhere` had said so.
  const [signer] = answer.signers
  return signer === undefined || answer.keys.some((found) => isRival(found, record))
    ? []
    : [{ message: `${what}, and ${signer} there`, help: `stop and disable the signer of \`${host}\`` }]
}

/** Nothing spoke against it, so the place was vouched for, or has shown that the key is gone: it must not come back there. */
function closing(record: Placement, { asked, turn }: { readonly asked: PlacementCase; readonly turn: number }): readonly Placement[] {
  if (asked.vouched.has(placeName(record))) return [{ ...record, state: 'written off', turn }]
  return stillHeld(record, asked).length > 0 ? [] : [{ ...record, state: 'leaving', turn }]
}

/** Hosts that did not say what they hold. Those on record are named already. */
function unheard({ answers, vouched }: PlacementCase, rivals: readonly Placement[]): readonly Objection[] {
  return [...answers].flatMap(([host, answer]): readonly Objection[] => {
    if (!isSilent(answer) || vouched.has(host) || rivals.some((record) => record.host === host)) return []
    return [
      {
        message: `\`${host}\` does not answer, so nobody knows what it holds: ${answer.silent}`,
        help: `bring it back; only if it cannot sign with this key for certain, vouch for it: \`${host}\``,
      },
    ]
  })
}

/** What cannot be read here may be read by a signer. */
function unread({ host, unread: paths }: Account & { readonly host: string }, { vouched }: PlacementCase): readonly Objection[] {
  if (vouched.has(host)) return []
  return paths.map((path) => ({
    message: `nobody can tell which key \`${path}\` on \`${host}\` is`,
    help: `find out, and take it away from there; only if it is certain that \`${host}\` cannot sign with this key, vouch for it: \`${host}\``,
  }))
}

/** A shard of another key among the cosigners would never sign with them. */
function partsOfAnother(
  accounts: readonly (Account & { readonly host: string })[],
  { key, at, keepers, replaces }: PlacementCase,
): readonly Objection[] {
  if (replaces || key.shard === undefined) return []
  const isOther = ({ chain, shard, publicKey }: FoundKey) => chain === key.chain && shard !== undefined && publicKey !== key.publicKey
  const [first] = accounts.filter(({ host, keys }) => host !== at.host && keepers.includes(host) && keys.some(isOther))
  if (!first) return []
  const message = `the shard belongs to the public key ${key.publicKey}, and \`${first.host}\` has a shard of another key of \`${key.chain}\``
  return [{ message, help: 'bring the shards of one ceremony to all cosigners' }]
}

/** Of two splittings of one key, each could be complete in a part of the cosigners, and both parts would sign. */
function otherSplitting(known: readonly Placement[], { key, replaces }: PlacementCase): readonly Objection[] {
  const { generation, chain, publicKey, shard } = key
  if (replaces || generation === undefined || shard === undefined) return []
  const isOther = (record: Placement) =>
    isOpen(record) && record.chain === chain && record.publicKey === publicKey && record.shard !== shard
  const other = known.find((record) => isOther(record) && record.generation !== undefined && record.generation !== generation)
  if (!other) return []
  const message = `the shard is from another splitting of the key than ${keyName(other)} on \`${other.host}\``
  return [{ message, help: 'bring the shards of one ceremony to all cosigners; to go over to a new one, release the old ones first' }]
}

/**
 * How far a whole key has signed cannot be told to what signs with it, so that must stand there before the key does. What the signers of the
 * chain have signed says nothing of another key.
 */
function stateBehind(
  accounts: readonly (Account & { readonly host: string })[],
  { asked, records }: { readonly asked: PlacementCase; readonly records: readonly Placement[] },
): readonly Objection[] {
  const { key, at, replaces } = asked
  if (key.shard !== undefined) return []
  const known = furthest(replaces ? [] : accounts, { chain: key.chain, records })
  const before = records.find((record) => record.state !== 'released' && !isSamePlace(record, at))
  const needed = known && known.height > 0 ? known : before && { height: 1, round: 0, step: 0 }
  const here = accounts.filter(({ host }) => host === at.host)
  const own = furthest(here, { chain: key.chain, records: [] })
  if (!needed || (own && compareMarks(own, needed) >= 0)) return []
  const far = needed === known ? `has signed up to height ${known.height}` : `has been on \`${before?.host}\`, and may have signed there`
  return [
    {
      message: `${keyName(key)} ${far}, and \`${at.host}\` does not know how far`,
      help: 'bring the signing state first, with `signing_state`: `from` a copy, or `raise: true` and `at_least` a height that the chain has passed',
    },
  ]
}

function furthest(
  accounts: readonly Account[],
  { chain, records }: { readonly chain: string; readonly records: readonly Placement[] },
): Mark | undefined {
  const marks = [
    ...accounts.flatMap((account) => account.marks.filter((mark) => mark.chain === chain)),
    ...records.flatMap(({ mark }) => mark ?? []),
  ]
  const [first] = marks.toSorted((a, b) => compareMarks(b, a))
  return first && { height: first.height, round: first.round, step: first.step }
}
