import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Node, ScalarNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { Secret } from '../core/secret.ts'
import { Turns } from '../core/turns.ts'
import { readDocument } from '../source/read.ts'
import { isSealed, isUnopened, rememberOpened, takeSealed } from '../source/sealed.ts'
import type { Keyring } from './keyring.ts'
import { Closed } from './closed.ts'
import { isOfCustodians } from './custody.ts'
import { inlineSecrets, SECRET_TAG } from './inline_secrets.ts'
import { open, type Sealed } from './open.ts'
import { collector } from './problems.ts'
import { parseSealed } from './sealed_document.ts'
import { tryAll, unlockAll } from './try_sealed.ts'

/** Opens the secrets of documents before a run, so that each is at hand, without waiting, when its value is used. */
export interface Opener {
  /**
   * The documents, with each that is sealed as a whole replaced by what it holds. Afterwards `value` knows every secret in
   * them. Rejects with all problems at once; asks for no key as long as nothing is sealed.
   */
  readonly open: (documents: readonly Node[]) => Promise<readonly Node[]>
  /**
   * Loads something from documents with all that is sealed in them opened. Loading notes what is sealed; if a whole file
   * was, or loading failed for want of it, everything is loaded once more. Of what was left closed it opens what loading asked for.
   */
  readonly load: <T>(load: () => T | Promise<T>) => Promise<T>
  /**
   * Reads a document while something is loaded, for those who keep what they read: none is given away before all that is
   * sealed in it has been opened.
   */
  readonly read: (path: string, from?: Origin) => Node
  /** What a sealed file holds that is no document, such as a key: one secret. */
  readonly content: (armored: string, file: string) => Promise<Secret>
  /** Opens a value that was left closed, because something asks for it now. Rejects if it is not sealed to the operator. */
  readonly openNow: (closed: Closed) => Promise<void>
  /** Opens those of these files and folders that are sealed, so that what cannot be opened is found before a run. Rejects with all of it. */
  readonly tryContents: (paths: readonly string[]) => Promise<void>
  /**
   * Unlocks the keys that anything sealed in the project needs, while a person can still be asked, and tells why it could not.
   * For runs that may meet files whose names are not known before.
   */
  readonly unlock: () => Promise<readonly Diagnostic[]>
  /** From here on nobody is asked for a passphrase: hosts are being worked on. */
  readonly settle: () => void
  /**
   * The secret that a scalar with the tag `!secret` stands for, in a document that was opened. Throws `Closed` for one that was left
   * closed: what belongs to the custodians of one host, and what is sealed to others, which need not matter to this run.
   */
  readonly value: (node: ScalarNode) => Secret
}

/** An opener that uses the keys of a keyring, and opens each message once. */
export function createOpener(keyring: Keyring): Opener {
  const secrets = new Map<string, Secret>()
  const opening = { keyring, secrets, closed: new Map<string, Sealed>(), wanted: new Set<string>() }
  const turns = new Turns()
  return {
    open: (documents) => openAll(documents, { ...opening, closed: undefined }),
    // What is noted while one thing is loaded must not be taken by another.
    load: (load) => turns.take(() => loadOpened(load, opening)),
    read: (path, from) => readOpened(path, { from, opening }),
    openNow: ({ sealed }) => openClosed(sealed, opening),
    content: (armored, file) => open({ armored, name: file, origin: { file, line: 1, column: 1 } }, keyring),
    tryContents: (paths) => tryAll(paths, keyring),
    unlock: () => unlockAll(keyring),
    settle: keyring.settle,
    value: (node) => secrets.get(String(node.value)) ?? rejectClosed(node, opening),
  }
}

interface Opening {
  readonly keyring: Keyring
  readonly secrets: Map<string, Secret>
  /** Values that nothing has asked for yet, by their messages; without it, everything is opened. */
  readonly closed: Map<string, Sealed> | undefined
  /** Of those, the ones that were asked for while something was loaded. */
  readonly wanted: Set<string>
}

async function openAll(documents: readonly Node[], opening: Opening): Promise<readonly Node[]> {
  const problems: Diagnostic[] = []
  const collect = collector(problems)
  const opened: Node[] = []
  for (const document of documents) {
    const whole = (await collect(() => openWhole(document, opening))) ?? document
    for (const sealed of unknownIn(whole, opening)) await collect(() => openOrLeave(sealed, opening))
    opened.push(whole)
  }
  if (problems.length > 0) throw new Rejected(problems)
  return opened
}

/** Opens a value, unless it belongs to the custodians of one host or is sealed to others: whether it matters is seen when something asks. */
async function openOrLeave(sealed: Sealed, { keyring, secrets, closed }: Opening): Promise<void> {
  const leave = closed && isOfCustodians(sealed.origin.file)
  const secret = leave ? undefined : await open(sealed, keyring).catch((error) => (closed ? leftToOthers(error) : rethrow(error)))
  if (secret) secrets.set(sealed.armored, secret)
  else closed?.set(sealed.armored, sealed)
}

function leftToOthers(error: unknown): undefined {
  if (error instanceof Rejected && error.diagnostics.every(({ code }) => code === 'not-a-recipient')) return undefined
  throw error
}

function rethrow(error: unknown): never {
  throw error
}

async function openClosed(sealed: Sealed, { keyring, secrets, closed, wanted }: Opening): Promise<void> {
  wanted.delete(sealed.armored)
  secrets.set(sealed.armored, await open(sealed, keyring))
  closed?.delete(sealed.armored)
}

async function loadOpened<T>(load: () => T | Promise<T>, opening: Opening): Promise<T> {
  for (;;) {
    opening.wanted.clear()
    const [loaded] = await Promise.allSettled([Promise.resolve().then(load)])
    const known = knownBy(opening)
    const files = await openMet(opening)
    // What failed may only have missed what was still sealed.
    if (files > 0 || (loaded.status === 'rejected' && knownBy(opening) > known)) continue
    if (loaded.status === 'fulfilled') return loaded.value
    await openWanted(loaded.reason, opening)
  }
}

function knownBy({ secrets, closed }: Opening): number {
  return secrets.size + (closed?.size ?? 0)
}

/** Opens what was asked for in vain. Throws what loading failed with, if that was not for want of it, or it cannot be opened. */
async function openWanted(reason: unknown, opening: Opening): Promise<void> {
  const wanted = [...opening.wanted].flatMap((armored) => opening.closed?.get(armored) ?? [])
  if (wanted.length === 0 || !(reason instanceof Rejected)) throw reason
  const problems: Diagnostic[] = []
  for (const sealed of wanted) await collector(problems)(() => openClosed(sealed, opening))
  if (problems.length > 0) throw new Rejected([...reason.diagnostics.filter(({ code }) => code !== 'secret-closed'), ...problems])
}

function readOpened(path: string, { from, opening }: { readonly from: Origin | undefined; readonly opening: Opening }): Node {
  const document = readDocument(path, from && { from })
  if (isUnopened(document) || unknownIn(document, opening).length > 0) throw new Error(`${path} is read outside of what opens it`)
  return document
}

/** Opens what was read and is sealed, and tells how many whole files were among it. */
async function openMet(opening: Opening): Promise<number> {
  const met = takeSealed()
  const opened = await openAll(met, opening)
  const files = opened.filter((document, i) => document !== met[i])
  for (const document of files) rememberOpened(document.origin.file, document)
  return files.length
}

async function openWhole(document: Node, { keyring, secrets }: Opening): Promise<Node> {
  if (document.kind !== 'scalar' || document.tag === SECRET_TAG || !isSealed(document.raw)) return document
  const { file } = document.origin
  const content = await open({ armored: document.raw, name: file, origin: document.origin }, keyring)
  const parsed = parseSealed(content, file)
  for (const [handle, secret] of parsed.secrets) secrets.set(handle, secret)
  return { ...parsed.node, origin: document.origin }
}

/** What is sealed in a document and neither opened nor left closed yet. */
function unknownIn(document: Node, { secrets, closed }: Opening): readonly Sealed[] {
  return inlineSecrets(document).filter(({ armored }) => !secrets.has(armored) && !closed?.has(armored))
}

function rejectClosed({ value, origin }: ScalarNode, { closed, wanted }: Opening): never {
  const sealed = closed?.get(String(value))
  if (sealed === undefined) reject({ code: 'secret-unopened', message: 'this secret was not opened when the run began', origin })
  wanted.add(sealed.armored)
  throw new Closed(sealed)
}
