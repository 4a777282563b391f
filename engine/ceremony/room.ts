import { dirname, join, resolve } from 'node:path'
import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import type { FleetHost, Member } from '../fleet/model.ts'
import { lookAt } from '../source/read.ts'
import { hexAddress } from './consensus_key.ts'
import { ECIES, readSignerFile, SHARD, signerFile } from './signer_file.ts'

interface Room {
  readonly hosts: readonly FleetHost[]
  /** The folder of the inventory. */
  readonly folder: string
  /** The address of the key whose shards may be replaced. */
  readonly replaced: string | undefined
}

/**
 * Refuses to write where shards are already, unless the call names the key whose shards it replaces, and where a file is in the way.
 * Tells by host what is replaced.
 */
export function requireRoom(cosigners: readonly Member[], room: Room): ReadonlyMap<string, string> {
  const problems = cosigners.flatMap((member) => fileInTheWay(room.folder, member.name) ?? presentShard(member, room) ?? [])
  if (problems.length > 0) throw new Rejected(problems)
  return new Map(cosigners.flatMap(({ name }) => replacedText(signerFile(room.folder, name), name) ?? []))
}

/** What to do about a vars file that stands where a host needs a folder, and about a name that no folder can have. */
export function fileInTheWay(folder: string, host: string): Diagnostic | undefined {
  if (host.includes('/')) {
    const help = 'name it without `/`; `ansible_host` may say where it is reached'
    return { code: 'keys-place', message: `\`${host}\` needs a folder for its keys, and none can have this name`, help }
  }
  const wanted = join(folder, 'host_vars', host)
  const file = ['', '.yml', '.yaml', '.json'].map((end) => wanted + end).find((path) => lookAt(path)?.isFile())
  if (file === undefined) return undefined
  const target = join(wanted, `main${file.slice(wanted.length) || '.yml'}`)
  const help =
    file === wanted ? `git mv ${file} ${file}.yml, then run again` : `mkdir ${wanted} && git mv ${file} ${target}, which means the same`
  return { code: 'keys-place', message: `\`${file}\` stands where \`${host}\` needs a folder for its keys`, help }
}

function replacedText(path: string, host: string): readonly [readonly [string, string]] | undefined {
  const known = readSignerFile(path)
  return known && [[host, known.source]]
}

/** A file in the place of the keys that holds something else: nobody said that it may go. */
export function otherContent(path: string, host: string): Diagnostic | undefined {
  if (lookAt(path) === undefined) return undefined
  const help = `move what it holds to \`${join(dirname(path), 'main.yml')}\``
  return { code: 'keys-place', message: `\`${path}\` stands where the keys of \`${host}\` go`, help }
}

function presentShard({ name }: Member, { hosts, folder, replaced }: Room): Diagnostic | undefined {
  const host = hosts.find((each) => each.name === name)
  const origin = host?.originOf(SHARD) ?? host?.originOf(ECIES)
  const own = signerFile(folder, name)
  if (!origin) return otherContent(own, name)
  const known = readSignerFile(own)
  const address = known && hexAddress(known.publicKey)
  if (resolve(origin.file) !== resolve(own)) {
    const help = `remove it from there; keys are kept in \`${own}\``
    return { code: 'keys-present', message: `\`${name}\` has a shard in another place`, origin, help }
  }
  if (replaced !== undefined && replaced.toUpperCase() === (address ?? 'UNKNOWN')) return undefined
  return {
    code: 'keys-present',
    message: `\`${name}\` has a shard already${address === undefined ? '' : `, of the key ${address}`}`,
    origin,
    detail: 'shards that are made anew never sign together with those that were made before',
    help: `to replace them on all cosigners at once, add \`--replace ${address ?? 'unknown'}\`; docs/key-ceremony.md says what that means`,
  }
}
