import { relative } from 'node:path'
import type { Keyring } from '../secrets/keyring.ts'
import { open, type Sealed, sealedTo } from '../secrets/open.ts'
import type { Recipient } from '../secrets/recipient.ts'
import { seal } from '../secrets/seal.ts'
import type { Custody } from './custodian.ts'
import type { Held } from './shelf.ts'
import { signerText } from './signer_file.ts'
import type { Writing } from './write_together.ts'

interface Resealing {
  readonly custodies: readonly Custody[]
  /** The folder of the inventory. */
  readonly folder: string
  readonly keyring: Keyring
}

/** The files of those hosts whose shard is sealed to others than their present custodians, sealed to these. Nothing is written yet. */
export async function reseal(
  held: readonly Held[],
  { custodies, folder, keyring }: Resealing,
): Promise<readonly (Writing & { readonly host: string })[]> {
  const writings: (Writing & { readonly host: string })[] = []
  for (const { member, path, file } of held) {
    const recipients = custodies.find((custody) => custody.member.name === member.name)?.recipients ?? []
    if ((await isSealedTo(file.shard, recipients)) && (await isSealedTo(file.ecies, recipients))) continue
    const anew = async (sealed: Sealed) => await seal(await open(sealed, keyring), recipients)
    const text = signerText({ ...file, shard: await anew(file.shard), ecies: await anew(file.ecies) })
    writings.push({ host: member.name, file: relative(folder, path), text, before: file.source })
  }
  return writings
}

/** To one key of every recipient and to no other. */
export async function isSealedTo(sealed: Sealed, recipients: readonly Recipient[]): Promise<boolean> {
  const ids = await sealedTo(sealed)
  const isKnown = ids.every((id) => recipients.some(({ keyIds }) => keyIds.includes(id)))
  return isKnown && recipients.every(({ keyIds }) => keyIds.some((id) => ids.includes(id)))
}
