import { type Diagnostic, reject } from '../core/diagnostic.ts'
import type { Member } from '../fleet/model.ts'
import { type Sealed, sealedTo } from '../secrets/open.ts'
import type { Recipient } from '../secrets/recipient.ts'
import { type ReadSignerFile, readSignerFile, signerFile } from './signer_file.ts'

/** What a cosigner has in its `signer.yml`. */
export interface Held {
  readonly member: Member
  readonly path: string
  readonly file: ReadSignerFile
}

/** What the cosigners have, in the order of their shards; those that have nothing are left out. */
export function shelf(cosigners: readonly Member[], folder: string): readonly Held[] {
  return cosigners.flatMap((member) => {
    const path = signerFile(folder, member.name)
    const file = readSignerFile(path)
    return file ? [{ member, path, file }] : []
  })
}

/** The same, refused where nobody has anything. */
export function filledShelf(cosigners: readonly Member[], folder: string): readonly [Held, ...Held[]] {
  const [first, ...others] = shelf(cosigners, folder)
  if (first) return [first, ...others]
  return reject({ code: 'keys-none', message: 'no cosigner has a shard', help: 'make them with `holdfast keys create`, or `keys restore`' })
}

/** To whom a value is sealed, as far as their public keys are known; the ids of the other keys as they are. */
export async function sealedFor(sealed: Sealed, known: readonly Recipient[]): Promise<readonly (Recipient | string)[]> {
  const ids = await sealedTo(sealed)
  return ids.map((id) => known.find(({ keyIds }) => keyIds.includes(id)) ?? id)
}

/** Shards that say they are of another key than the first: they must all be of one making. */
export function otherKeys(held: readonly Held[]): readonly Diagnostic[] {
  const [first] = held
  return held.flatMap(({ member, file }) => {
    if (file.publicKey === first?.file.publicKey) return []
    const message = `the shard of \`${member.name}\` is of another key than that of \`${first?.member.name}\``
    return [
      { code: 'keys-mixed', message, origin: file.shard.origin, help: 'take all of them from one backup with `holdfast keys restore`' },
    ]
  })
}
