import { randomUUID } from 'node:crypto'
import { posix } from 'node:path'
import type { ComingChange } from '../converge/permit.ts'
import { Refusal } from '../core/module.ts'
import { lines, type Script } from '../core/script.ts'
import type { Signing } from '../core/signing_key.ts'
import type { FleetPlace } from '../fleet/assemble.ts'
import { type Member, ofTier, type Tier } from '../fleet/model.ts'
import type { Asking, Told } from './asking.ts'
import type { Guard, Passage } from './guard.ts'
import type { Account, Answer, FoundKey, Objection } from './judge_placement.ts'
import { type ChainKey, isRival, type Mark, type Placement } from './placement.ts'
import { keptState } from './kept_state.ts'
import { type Claim, type Registry, releaseKey, takeKey } from './place_key.ts'
import { carryMark, keepRecords, readAccount, rollCall, stillHolds, withdrawRecord } from './roll_call.ts'
import { trespass } from './trespass.ts'
import { nothingSigns } from './what_signs.ts'

/** Keeps a key from signing in two places: before one is placed or started, every host that could hold it is asked. */
export function oneSignerGuard(asking: Asking): Guard {
  return {
    enter: async (change, place) => {
      const wrong = trespass(change)
      if (wrong) throw wrong
      const signing = signingOf(change)
      if (signing) return await enter(signing, { asking, place })
      const before = keptState(change)
      return before ? { anew: false, before } : FREE
    },
  }
}

const TOLD = { code: 'second-signer' } as const

/** Nothing of the host was changed that a task has read. */
const FREE: Passage = { anew: false }

interface Scene {
  readonly asking: Asking
  readonly place: FleetPlace
}

/** Restarting a unit that is stopped starts it. */
function signingOf({ module, params, action }: ComingChange): Signing | undefined {
  if (module.kind !== 'state') return undefined
  return module.signs?.((action === undefined ? params : { ...params, state: 'started' }) as never)
}

async function enter(signing: Signing, scene: Scene): Promise<Passage> {
  const registry = registryOver(scene, signing)
  if (signing.what === 'release') return await leaving(signing, { ...scene, registry })
  const before: Script[] = []
  for (const key of await keysOf(signing, scene)) {
    const taken = await takeKey(registry, claimOf(key, { signing, place: scene.place }))
    if ('objections' in taken) throw refusal(taken.objections)
    before.push(stillHolds(taken.record))
  }
  return { anew: false, before: lines(before) }
}

/** The key that is placed; of a signer that is started, all that it would sign with. Refuses one that cannot be told. */
async function keysOf(signing: Signing, { asking, place }: Scene): Promise<readonly ChainKey[]> {
  const { what, key, path, chain, generation } = signing
  const given = key ? [{ ...key, chain, ...(generation !== undefined && { generation }) }] : []
  if (what === 'place' && key) return given
  const { keys } = await accountOf(asking, { host: place.member.name, path })
  const lying = keys.flatMap((found) => keyAt(found, signing))
  const isTold = key !== undefined || keys.some((found) => found.path === path)
  if (what !== 'release' && !isTold) throw refusal([untold(signing, place)])
  return [...given, ...lying.filter((one) => !given.some((other) => isRival(one, other)))]
}

/** A key for whoever reads the file: that file alone is given away, and Horcrux signs for every chain of which a shard lies beside it. */
function keyAt({ path: place, chain: own, publicKey, shard }: FoundKey, { what, path, chain }: Signing): readonly ChainKey[] {
  const isBeside = what === 'start' && shard !== undefined && posix.dirname(place) === posix.dirname(path)
  if (place !== path && !isBeside) return []
  return [{ publicKey, chain: place === path ? chain : (own ?? chain), ...(shard !== undefined && { shard }) }]
}

function untold({ path }: Signing, { member }: FleetPlace): Objection {
  return {
    message: `nobody can tell which key \`${path}\` on \`${member.name}\` is`,
    help: 'name the file that the signer reads, or give the `public_key` that belongs to it',
  }
}

/** A key is given away only by a host on which nothing signs; that it is gone is on record as soon as it is. */
async function leaving(signing: Signing, { asking, place, registry }: Scene & { readonly registry: Registry }): Promise<Passage> {
  const found = await accountOf(asking, { host: place.member.name, path: signing.path })
  const [signer] = found.signers
  if (signer !== undefined) {
    const help = `stop and disable it first, with \`signer_service\` or \`systemctl disable --now\` on \`${place.member.name}\``
    throw new Refusal(`the key is still in use: ${signer}`, help, TOLD)
  }
  const keys = await keysOf(signing, { asking, place })
  const leave = async () => {
    const { keys: left, unread } = await accountOf(asking, { host: place.member.name, path: signing.path })
    if ([...left.map(({ path }) => path), ...unread].includes(signing.path)) return undefined
    for (const key of keys) await releaseKey(registry, claimOf(key, { signing, place }))
    return undefined
  }
  return { anew: false, before: nothingSigns, leave }
}

function claimOf(key: ChainKey, { signing, place }: { readonly signing: Signing; readonly place: FleetPlace }): Claim {
  const { fleet, member } = place
  const hosts = fleet.members.filter(({ tier }) => tier === undefined || SIGNING.includes(tier))
  return {
    key,
    host: member.name,
    keepers: keepersOf(fleet, member),
    // Should the chain be signed for in another way one day, they still know by whom it was.
    witnesses: ofTier(fleet, 'sentry').map(({ name }) => name),
    hosts: hosts.map(({ name }) => name),
    vouched: new Set(signing.vouched),
    replaces: signing.replaces,
  }
}

/**
 * Where nobody cosigns, the host that signs is not the only one that knows: it could leave the fleet, and nobody would name it any more. A
 * public node learns who signs only where there is no other to tell.
 */
function keepersOf(fleet: FleetPlace['fleet'], member: Member): readonly string[] {
  const namesOf = (...tiers: readonly Tier[]) => tiers.flatMap((tier) => ofTier(fleet, tier).map(({ name }) => name))
  const cosigners = namesOf('cosigner')
  if (cosigners.length > 0) return cosigners
  const sentries = namesOf('sentry')
  return [...new Set([member.name, ...namesOf('signer'), ...(sentries.length > 0 ? sentries : namesOf('public'))])]
}

/** Where a key may lie, besides the hosts of the chain that are in no group of it any more. */
const SIGNING: readonly Tier[] = ['public', 'sentry', 'cosigner', 'signer']

function registryOver({ asking, place }: Scene, signing: Signing): Registry {
  const { path, chain } = signing
  const isOwn = (host: string) => host === place.member.name
  // The old host of a key has it where the new one does, and nothing but that path tells that a file is a key of softsign.
  const roll = rollCall(path)
  const heard = (host: string, told: Told) => (isOwn(host) ? withGiven(answerOf(told), signing) : answerOf(told))
  return {
    callRoll: async (hosts) => new Map([...(await asking.ask(hosts, roll))].map(([host, told]) => [host, heard(host, told)])),
    keep: async (hosts: readonly string[], placements: readonly Placement[]) => {
      const told = await asking.ask(hosts, keepRecords(placements))
      return [...told].filter(([, answer]) => 'rc' in answer && answer.rc === 0).map(([host]) => host)
    },
    withdraw: async (hosts: readonly string[], claim: Placement) => void (await asking.ask(hosts, withdrawRecord(claim))),
    carry: async (host: string, mark: Mark) => {
      const told = (await asking.ask([host], carryMark(path, { chain, mark }))).get(host)
      return told !== undefined && 'rc' in told && told.rc === 0
    },
    now: () => new Date().toISOString(),
    newClaim: randomUUID,
  }
}

/**
 * What the host itself says, with what it cannot tell: a key of softsign does not say which one it is, so who starts what reads it does; where
 * one is placed, it makes way. Nor does the state of a whole key say for which chain it is.
 */
function withGiven(answer: Answer, { what, path, key, chain }: Signing): Answer {
  if ('silent' in answer) return answer
  const marks = answer.marks.map((mark) => (mark.chain === '' ? { ...mark, chain } : mark))
  if (!key || !answer.unread.includes(path)) return { ...answer, marks }
  const unread = answer.unread.filter((one) => one !== path)
  return { ...answer, marks, unread, keys: what === 'start' ? [...answer.keys, { ...key, path }] : answer.keys }
}

async function accountOf(asking: Asking, { host, path }: { readonly host: string; readonly path: string }): Promise<Account> {
  const answer = answerOf((await asking.ask([host], rollCall(path))).get(host))
  if ('silent' in answer)
    throw refusal([
      { message: `\`${host}\` does not say what it holds: ${answer.silent}`, help: 'see to it that root can be reached there' },
    ])
  return answer
}

function answerOf(told: Told | undefined): Answer {
  if (told === undefined) return { silent: 'it was not asked' }
  if ('silent' in told) return told
  return readAccount(told.stdout) ?? { silent: `what it says makes no sense: ${told.stderr.trim().slice(0, 200) || 'nothing'}` }
}

function refusal(objections: readonly Objection[]): Refusal {
  const helps = [...new Set(objections.map(({ help }) => help))]
  const message = `the validator could get a second signer: ${objections.map((objection) => objection.message).join('; ')}`
  return new Refusal(message, helps.join('; '), TOLD)
}
