import { readFile, stat } from 'node:fs/promises'
import type { PrivateKey } from 'openpgp'
import { reject } from '../core/diagnostic.ts'
import type { Secret } from '../core/secret.ts'
import { quote } from '../core/script.ts'
import { loadRecipients, nameOf, type Recipient } from './recipient.ts'

/** The keys of a project: those to seal to, and the operator's own. Nothing is read before it is needed. */
export interface Keyring {
  readonly project: string
  readonly recipients: () => Promise<readonly Recipient[]>
  /** The operator's private key that one of these key ids names, unlocked; undefined if the operator has none of them. */
  readonly keyFor: (keyIds: readonly string[]) => Promise<PrivateKey | undefined>
  /** The operator's keys as a person recognises them. */
  readonly ownKeys: () => Promise<readonly string[]>
  /** From here on nobody is asked for a passphrase: hosts are being worked on. */
  readonly settle: () => void
}

export interface KeyringSources {
  /** Folder of the project. */
  readonly project: string
  /** File with the operator's armored private key or keys. */
  readonly keyFile: string
  /** Asks the person at the terminal; left out, a key with a passphrase cannot be used. */
  readonly askPassphrase?: (key: string) => Promise<Secret>
}

/** The keyring of a project. A private key is unlocked at most once, and only if something is sealed to it. */
export function createKeyring({ project, keyFile, askPassphrase }: KeyringSources): Keyring {
  const recipients = once(() => loadRecipients(project))
  const own = once(() => loadPrivateKeys(keyFile))
  const unlocked = new Map<PrivateKey, Promise<PrivateKey>>()
  let isSettled = false
  const ready = (key: PrivateKey): Promise<PrivateKey> => {
    const before = unlocked.get(key)
    if (before !== undefined) return before
    const now = unlock(key, isSettled && askPassphrase ? tooLate : askPassphrase)
    unlocked.set(key, now)
    return now
  }
  return {
    project,
    recipients,
    ownKeys: async () => (await own()).map(nameOf),
    keyFor: async (keyIds) => {
      const key = (await own()).find((candidate) => isNamed(candidate, keyIds))
      return key && ready(key)
    },
    settle: () => {
      isSettled = true
    },
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

async function loadPrivateKeys(file: string): Promise<readonly PrivateKey[]> {
  const { readPrivateKeys } = await import('openpgp')
  await refuseExposed(file)
  try {
    return await readPrivateKeys({ armoredKeys: await readFile(file, 'utf8') })
  } catch {
    // The library's own words could quote the key.
    return reject({
      code: 'private-key-unreadable',
      message: `\`${file}\` holds no OpenPGP private key that can be read`,
      help: `write it with \`gpg --armor --export-secret-keys ADDRESS > ${quote(file)}\``,
    })
  }
}

async function refuseExposed(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) {
    reject({
      code: 'private-key-missing',
      message: `a secret must be opened, and there is no private key at \`${file}\``,
      help: 'export yours there with `gpg --armor --export-secret-keys ADDRESS`, or name another file with `--key`',
    })
  }
  if ((found.mode & 0o077) !== 0) {
    reject({
      code: 'private-key-exposed',
      message: `the private key \`${file}\` can be read by others on this machine`,
      help: `run \`chmod 600 ${quote(file)}\``,
    })
  }
}

function isNamed(key: PrivateKey, keyIds: readonly string[]): boolean {
  const own = key.getKeyIDs().map((id) => id.toHex())
  return keyIds.some((id) => id === HIDDEN || own.includes(id))
}

/** The key id of a message that does not say to whom it is sealed. */
const HIDDEN = '0000000000000000'

/** The passphrase is asked for before the run if the project holds anything sealed; this was sealed elsewhere. */
function tooLate(key: string): never {
  reject({
    code: 'passphrase-needed',
    message: `the private key of ${key} has a passphrase, and nobody is asked for it in the middle of a run`,
    help: 'move the sealed file into the project, so that it is found before the run begins',
  })
}

async function unlock(key: PrivateKey, ask: KeyringSources['askPassphrase']): Promise<PrivateKey> {
  if (key.isDecrypted()) return key
  if (ask === undefined) {
    reject({
      code: 'passphrase-needed',
      message: `the private key of ${nameOf(key)} has a passphrase, and nobody can be asked for it`,
      help: 'run this on a terminal, or give the machine that runs unattended a key of its own',
    })
  }
  const { decryptKey } = await import('openpgp')
  const passphrase = await ask(nameOf(key))
  try {
    return await decryptKey({ privateKey: key, passphrase: passphrase.reveal() })
  } catch {
    return reject({ code: 'passphrase-wrong', message: `the passphrase does not unlock the private key of ${nameOf(key)}` })
  }
}
