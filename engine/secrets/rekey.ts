import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import type { Origin } from '../core/origin.ts'
import { isOfCustodians } from './custody.ts'
import { findSealed, SEALED, withoutIndent } from './find_sealed.ts'
import type { Keyring } from './keyring.ts'
import { open, type Sealed, sealedTo } from './open.ts'
import type { Recipient } from './recipient.ts'
import { replaceFile } from './replace_file.ts'
import { seal } from './seal.ts'

/** What `rekey` did to the project. */
export interface Rekeyed {
  /** Files that were sealed anew, relative to the project. */
  readonly changed: readonly string[]
  /** Files that were already sealed to exactly the present recipients. */
  readonly kept: readonly string[]
}

/**
 * Leaves alone what belongs to custodians. Seals every other sealed value and file of the project to the present recipients. Everything is opened and sealed before the
 * first file is replaced, each in one step, so a failure leaves all of them as they were.
 */
export async function rekey(keyring: Keyring): Promise<Rekeyed> {
  const recipients = await keyring.recipients()
  const files = (await findSealed(keyring.project)).filter((file) => !isOfCustodians(file))
  const problems: Diagnostic[] = []
  const results: { readonly file: string; readonly before: string; readonly after: string }[] = []
  for (const file of files) {
    const before = await readFile(join(keyring.project, file), 'utf8')
    try {
      results.push({ file, before, after: await rekeyText({ file, text: before }, { keyring, recipients }) })
    } catch (error) {
      if (!(error instanceof Rejected) || error.diagnostics.some(({ origin }) => origin === undefined)) throw error
      problems.push(...error.diagnostics)
    }
  }
  if (problems.length > 0) throw new Rejected(problems)
  const changed = results.filter(({ before, after }) => before !== after)
  for (const { file, after } of changed) await replaceFile(join(keyring.project, file), after)
  return { changed: changed.map(({ file }) => file), kept: results.filter(({ before, after }) => before === after).map(({ file }) => file) }
}

interface Rekeying {
  readonly keyring: Keyring
  readonly recipients: readonly Recipient[]
}

async function rekeyText({ file, text }: { file: string; text: string }, rekeying: Rekeying): Promise<string> {
  const parts: string[] = []
  let rest = text
  for (let match = SEALED.exec(rest); match !== null; match = SEALED.exec(rest)) {
    const before = rest.slice(0, match.index)
    const origin = place(file, parts.join('') + before)
    parts.push(before, await rekeyMessage({ block: match[0], indent: match[1] ?? '', origin }, rekeying))
    rest = rest.slice(match.index + match[0].length)
  }
  return [...parts, rest].join('')
}

interface Found {
  readonly block: string
  readonly indent: string
  readonly origin: Origin
}

async function rekeyMessage({ block, indent, origin }: Found, { keyring, recipients }: Rekeying): Promise<string> {
  const sealed = { armored: withoutIndent(block, indent), name: origin.file, origin }
  if (await isCurrent(sealed, recipients)) return block
  const anew = await seal(await open(sealed, keyring), recipients)
  const lines = anew.trimEnd().split('\n')
  return lines.map((line) => (line === '' ? '' : indent + line)).join('\n')
}

/** Sealed to one key of every recipient and to no other. */
async function isCurrent(sealed: Sealed, recipients: readonly Recipient[]): Promise<boolean> {
  const keyIds = await sealedTo(sealed)
  const isKnown = keyIds.every((id) => recipients.some((recipient) => recipient.keyIds.includes(id)))
  return isKnown && recipients.every((recipient) => recipient.keyIds.some((id) => keyIds.includes(id)))
}

function place(file: string, before: string): Origin {
  const lines = before.split('\n')
  return { file, line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}
