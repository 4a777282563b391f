import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Secret } from '../core/secret.ts'
import { nameOf, RECIPIENTS_FOLDER, type Recipient } from './recipient.ts'

/**
 * The secret as an armored OpenPGP message that each of the recipients can open alone. Authenticated encryption where the
 * keys of all recipients allow it, otherwise encryption with an integrity check.
 */
export async function seal(secret: Secret, recipients: readonly Recipient[]): Promise<string> {
  await requireUsable(recipients)
  const { createMessage, encrypt } = await import('openpgp')
  const message = await createMessage({ binary: Buffer.from(secret.reveal()) })
  const armored = await encrypt({ message, encryptionKeys: recipients.map(({ key }) => key), format: 'armored' })
  return `${armored.replaceAll('\r\n', '\n').trimEnd()}\n`
}

/** The lines of a YAML document that hold a sealed value under a key. */
export function inlineValue(armored: string, key: string): string {
  const lines = armored.trimEnd().split('\n')
  return [`${key}: !secret |`, ...lines.map((line) => (line === '' ? '' : `  ${line}`)), ''].join('\n')
}

/** Rejects an empty list, and every recipient to whose key nothing can be sealed. */
export async function requireUsable(recipients: readonly Recipient[]): Promise<void> {
  if (recipients.length === 0) {
    reject({
      code: 'no-recipients',
      message: `there is nobody to seal to: \`${RECIPIENTS_FOLDER}/\` holds no public key`,
      help: `add yours with \`gpg --armor --export ADDRESS > ${RECIPIENTS_FOLDER}/NAME.asc\``,
    })
  }
  const problems = await Promise.all(recipients.map(unusable))
  if (problems.flat().length > 0) throw new Rejected(problems.flat())
}

async function unusable({ file, key }: Recipient): Promise<readonly Diagnostic[]> {
  try {
    await key.getEncryptionKey()
    return []
  } catch {
    return [
      {
        code: 'recipient-unusable',
        message: `nothing can be sealed to ${nameOf(key)} of \`${file}\`: the key is expired, revoked, too weak or not for encryption`,
        help: 'replace the file by a key that is valid, or remove it',
      },
    ]
  }
}
