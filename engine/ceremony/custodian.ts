import { basename } from 'node:path'
import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Origin } from '../core/origin.ts'
import type { FleetHost, Member } from '../fleet/model.ts'
import { CUSTODIANS_FOLDER } from '../secrets/custody.ts'
import { loadRecipients, RECIPIENTS_FOLDER, type Recipient } from '../secrets/recipient.ts'

/** The variable of a cosigner that names those who may open its shard. */
const CUSTODIANS_VARIABLE = 'signer_recipients'

/** A cosigner, and those who may open its shard. */
export interface Custody {
  readonly member: Member
  readonly recipients: readonly Recipient[]
}

/** The public keys of a project by the names of their files; those of custodians, and those of everybody. */
export type NamedKeys = ReadonlyMap<string, readonly Recipient[]>

/** All public keys that a cosigner may name. Rejects two files of one name: whose shard would it be. */
export async function loadNamedKeys(project: string): Promise<NamedKeys> {
  const keys = new Map<string, Recipient[]>()
  const problems: Diagnostic[] = []
  for (const folder of [CUSTODIANS_FOLDER, RECIPIENTS_FOLDER]) {
    for (const recipient of await loadRecipients(project, folder)) {
      const name = basename(recipient.file, '.asc')
      const known = keys.get(name) ?? []
      const other = known.find(({ file }) => file !== recipient.file)
      if (other) problems.push(twoOfOneName(name, [other.file, recipient.file]))
      keys.set(name, [...known, recipient])
    }
  }
  if (problems.length > 0) throw new Rejected(problems)
  return keys
}

/** Who may open the shard of each cosigner. Rejects cosigners that name nobody, or somebody whose key is not there. */
export function custodiesOf(
  cosigners: readonly Member[],
  { hosts, keys }: { hosts: readonly FleetHost[]; keys: NamedKeys },
): readonly Custody[] {
  const problems: Diagnostic[] = []
  const custodies = cosigners.map((member) => {
    const given = hosts.find(({ name }) => name === member.name)?.read(CUSTODIANS_VARIABLE)
    const names = namesIn(given?.value)
    if (names === undefined || names.length === 0) problems.push(nobody(member, given?.origin))
    return { member, recipients: recipientsNamed(names ?? [], { keys, problems, origin: given?.origin ?? member.origin }) }
  })
  if (problems.length > 0) throw new Rejected(problems)
  return custodies
}

/** Who keeps the whole key, sealed. To keep it or not is too much to be taken for granted. */
export function keepersOf(
  { names, none }: { readonly names: readonly string[]; readonly none: boolean },
  keys: NamedKeys,
): readonly Recipient[] {
  if (names.length > 0 === none) {
    reject({
      code: 'keys-undecided',
      message: none ? '`--keep-none` and `--keep-sealed-for` exclude each other' : 'it is not decided whether the whole key is kept',
      detail: 'without it new shards can never be made: not for a lost cosigner, not for another threshold',
      help: 'add `--keep-sealed-for NAME` for each person who may open a copy that is kept offline, or `--keep-none`',
    })
  }
  const problems: Diagnostic[] = []
  const keepers = recipientsNamed(names, { keys, problems, origin: undefined })
  if (problems.length > 0) throw new Rejected(problems)
  return keepers
}

function recipientsNamed(names: readonly string[], { keys, problems, origin }: Naming): readonly Recipient[] {
  const found = names.flatMap((name) => {
    const ones = keys.get(name)
    if (!ones) problems.push(unknown(name, { keys, origin }))
    return ones ?? []
  })
  return found.filter(({ fingerprint }, i) => found.findIndex((other) => other.fingerprint === fingerprint) === i)
}

interface Naming {
  readonly keys: NamedKeys
  readonly problems: Diagnostic[]
  readonly origin: Origin | undefined
}

/** Whoever can open as many shards as sign: the reason for splitting a key is that nobody can. */
export function holdersOfAll(custodies: readonly Custody[], threshold: number): readonly Diagnostic[] {
  const people = new Map<string, { readonly recipient: Recipient; readonly hosts: string[] }>()
  for (const { member, recipients } of custodies) {
    for (const recipient of recipients) {
      const known = people.get(recipient.fingerprint) ?? { recipient, hosts: [] }
      known.hosts.push(member.name)
      people.set(recipient.fingerprint, known)
    }
  }
  const mighty = [...people.values()].filter(({ hosts }) => hosts.length >= threshold)
  return mighty.map(({ recipient, hosts }) => ({
    code: 'keys-one-person',
    message: `\`${recipient.userId || recipient.fingerprint}\` can open ${hosts.length} shards, and ${threshold} make the key`,
    detail: hosts.join(', '),
    help: `let \`${CUSTODIANS_VARIABLE}\` of the cosigners name different people`,
  }))
}

function namesIn(value: unknown): readonly string[] | undefined {
  const names = typeof value === 'string' ? [value] : value
  return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined
}

function nobody({ name, origin }: Member, given: Origin | undefined): Diagnostic {
  return {
    code: 'keys-recipients',
    message: `nobody may open the shard of \`${name}\``,
    origin: given ?? origin,
    help: `name its custodians: \`${CUSTODIANS_VARIABLE}: [ana]\`, whose public key is \`${CUSTODIANS_FOLDER}/ana.asc\` or \`${RECIPIENTS_FOLDER}/ana.asc\``,
  }
}

function unknown(name: string, { keys, origin }: { readonly keys: NamedKeys; readonly origin: Origin | undefined }): Diagnostic {
  const known = keys.size > 0 ? `; there are ${[...keys.keys()].join(', ')}` : ''
  return {
    code: 'keys-recipients',
    message: `there is no public key of \`${name}\``,
    ...(origin && { origin }),
    help: `write it with \`gpg --armor --export ADDRESS > ${CUSTODIANS_FOLDER}/${name}.asc\`${known}`,
  }
}

function twoOfOneName(name: string, files: readonly string[]): Diagnostic {
  const message = `\`${name}\` could be either of ${files.map((file) => `\`${file}\``).join(' and ')}`
  return { code: 'keys-recipients', message, help: 'give one of the files another name' }
}
