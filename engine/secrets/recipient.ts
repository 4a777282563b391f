import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Key } from 'openpgp'
import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import { quote } from '../core/script.ts'

/** Someone to whom secrets are sealed: one public key of `secrets/recipients/`. */
export interface Recipient {
  /** The file that holds the key, relative to the project. */
  readonly file: string
  readonly userId: string
  readonly fingerprint: string
  /** Of the key and its subkeys: what a sealed message names. */
  readonly keyIds: readonly string[]
  readonly key: Key
}

/** Where a project keeps the public keys to which its secrets are sealed. */
export const RECIPIENTS_FOLDER = 'secrets/recipients'

/** All public keys of the project in that folder, by file name. Rejects files that hold none, or a private one. */
export async function loadRecipients(project: string, folder = RECIPIENTS_FOLDER): Promise<readonly Recipient[]> {
  const found = await Promise.all((await keyFiles(join(project, folder))).map((file) => readRecipients(project, file)))
  const problems = found.flatMap((either) => ('code' in either ? [either] : []))
  if (problems.length > 0) throw new Rejected(problems)
  return found.flatMap((either) => ('code' in either ? [] : either))
}

/** A key as a person recognises it: user id and the end of its fingerprint. */
export function nameOf(key: Key): string {
  const id = key.getFingerprint().slice(-16).toUpperCase()
  const [userId] = key.getUserIDs()
  return userId === undefined ? id : `${userId} (${id})`
}

async function keyFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => name.endsWith('.asc'))
    .sort()
    .map((name) => join(folder, name))
}

async function readRecipients(project: string, path: string): Promise<readonly Recipient[] | Diagnostic> {
  const { readKeys } = await import('openpgp')
  const file = relative(project, path)
  const origin = { file: path, line: 1, column: 1 }
  try {
    const keys = await readKeys({ armoredKeys: await readFile(path, 'utf8') })
    if (keys.some((key) => key.isPrivate())) return privateKeyShared(file, path)
    return keys.map((key) => recipient(file, key))
  } catch {
    // What the library says could quote the file, which may not be what its name promises.
    return {
      code: 'recipient-unreadable',
      message: `\`${file}\` holds no OpenPGP public key that can be read`,
      origin,
      help: `write it with \`gpg --armor --export ADDRESS > ${quote(file)}\``,
    }
  }
}

function privateKeyShared(file: string, path: string): Diagnostic {
  return {
    code: 'recipient-private',
    message: `\`${file}\` holds a private key; only public keys belong there`,
    origin: { file: path, line: 1, column: 1 },
    help: 'remove it, replace that key by a new one, and run `holdfast secrets rekey`',
  }
}

function recipient(file: string, key: Key): Recipient {
  const [userId = ''] = key.getUserIDs()
  return { file, userId, fingerprint: key.getFingerprint().toUpperCase(), keyIds: key.getKeyIDs().map((id) => id.toHex()), key }
}
