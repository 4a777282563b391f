import type { Message } from 'openpgp'
import { reject } from '../core/diagnostic.ts'
import type { Origin } from '../core/origin.ts'
import { Secret } from '../core/secret.ts'
import { CUSTODIANS_FOLDER, isOfCustodians } from './custody.ts'
import type { Keyring } from './keyring.ts'
import { loadRecipients } from './recipient.ts'

/** An armored message, and where it stood. */
export interface Sealed {
  readonly armored: string
  /** What the secret will be called wherever it would otherwise be shown. */
  readonly name: string
  readonly origin: Origin
}

/**
 * The secret inside a sealed message. Rejects what is no message, is sealed to others, or was altered; no error holds
 * anything of the content, nor what the library said about it.
 */
export async function open(sealed: Sealed, keyring: Keyring): Promise<Secret> {
  const message = await readSealed(sealed)
  const key = await keyring.keyFor(keyIdsOf(message))
  if (key === undefined) return rejectForeign(sealed, { message, keyring })
  const { decrypt } = await import('openpgp')
  const opened = await decrypt({ message, decryptionKeys: key, format: 'binary', config: LIMITS }).catch(() => undefined)
  if (opened === undefined) return rejectDamaged(sealed)
  return new Secret(sealed.name, decode(opened.data as Uint8Array, sealed))
}

/** The ids of the keys a message is sealed to. */
export async function sealedTo(sealed: Sealed): Promise<readonly string[]> {
  return keyIdsOf(await readSealed(sealed))
}

/** A small message can hold a huge one when it is compressed. */
const LIMITS = { maxDecompressedMessageSize: 16 * 1024 * 1024 }

async function readSealed({ armored, name, origin }: Sealed): Promise<Message<string>> {
  const { enums, readMessage } = await import('openpgp')
  const message = await readMessage({ armoredMessage: armored.trim() }).catch(() => undefined)
  const { publicKeyEncryptedSessionKey, symEncryptedSessionKey } = enums.packet
  if (message?.packets.filterByTag(publicKeyEncryptedSessionKey, symEncryptedSessionKey).length) return message
  return reject({
    code: 'not-sealed',
    message: `\`${name}\` is marked as sealed and holds no OpenPGP message that can be read`,
    origin,
    help: 'paste what `holdfast secrets seal` prints, with its first and last line',
  })
}

function keyIdsOf(message: Message<string>): readonly string[] {
  return message.getEncryptionKeyIDs().map((id) => id.toHex())
}

async function rejectForeign({ name, origin }: Sealed, context: { message: Message<string>; keyring: Keyring }): Promise<never> {
  const keyIds = keyIdsOf(context.message)
  if (keyIds.length === 0) {
    reject({
      code: 'sealed-to-nobody',
      message: `\`${name}\` is sealed with a password and not to anybody's key`,
      origin,
      help: 'open it with `gpg --decrypt` and seal it with `holdfast secrets seal`',
    })
  }
  const own = await context.keyring.ownKeys()
  reject({
    code: 'not-a-recipient',
    message: `\`${name}\` is not sealed to your key`,
    origin,
    detail: `sealed to ${(await named(keyIds, context.keyring)).join(', ')}; yours is ${own.join(', ')}`,
    help: isOfCustodians(origin.file)
      ? 'ask one of them to do it; a new custodian is named in `signer_recipients`, and gets it with `holdfast keys reseal`'
      : 'ask one of them to add your public key to `secrets/recipients/` and to run `holdfast secrets rekey`',
  })
}

async function named(keyIds: readonly string[], keyring: Keyring): Promise<readonly string[]> {
  const recipients = [...(await keyring.recipients()), ...(await loadRecipients(keyring.project, CUSTODIANS_FOLDER))]
  return keyIds.map((id) => {
    const recipient = recipients.find((candidate) => candidate.keyIds.includes(id))
    return recipient === undefined ? `key ${id.toUpperCase()}` : `${recipient.userId} (key ${id.toUpperCase()})`
  })
}

function rejectDamaged({ name, origin }: Sealed): never {
  reject({
    code: 'sealed-damaged',
    message: `\`${name}\` is sealed to your key and cannot be opened: the message is damaged or was altered`,
    origin,
    help: 'take it from the version control again, or seal the value anew',
  })
}

function decode(bytes: Uint8Array, { name, origin }: Sealed): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return reject({
      code: 'sealed-binary',
      message: `\`${name}\` holds bytes that are no text`,
      origin,
      help: 'encode them, for example in base64',
    })
  }
}
