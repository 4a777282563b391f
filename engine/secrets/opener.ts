import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Node, ScalarNode } from '../core/node.ts'
import type { Secret } from '../core/secret.ts'
import { isSealed, rememberOpened, takeSealed } from '../source/sealed.ts'
import type { Keyring } from './keyring.ts'
import { open, type Sealed } from './open.ts'
import { parseSealed } from './sealed_document.ts'

/** Opens the secrets of documents before a run, so that each is at hand, without waiting, when its value is used. */
export interface Opener {
  /**
   * The documents, with each that is sealed as a whole replaced by what it holds. Afterwards `value` knows every secret in
   * them. Rejects with all problems at once; asks for no key as long as nothing is sealed.
   */
  readonly open: (documents: readonly Node[]) => Promise<readonly Node[]>
  /**
   * Loads something from documents with all that is sealed in them opened. Loading notes what is sealed; if a whole file
   * was, everything is loaded once more, now with what it holds.
   */
  readonly load: <T>(load: () => T | Promise<T>) => Promise<T>
  /** What a sealed file holds that is no document, such as a key: one secret. */
  readonly content: (armored: string, file: string) => Promise<Secret>
  /** The secret that a scalar with the tag `!secret` stands for, in a document that was opened. */
  readonly value: (node: ScalarNode) => Secret
}

/** The tag of a value that is a secret. */
const SECRET_TAG = '!secret'

/** An opener that uses the keys of a keyring, and opens each message once. */
export function createOpener(keyring: Keyring): Opener {
  const secrets = new Map<string, Secret>()
  const opening = { keyring, secrets }
  const inTurn = oneAtATime()
  return {
    open: (documents) => openAll(documents, opening),
    // What is noted while one thing is loaded must not be taken by another.
    load: (load) => inTurn(() => loadOpened(load, opening)),
    content: (armored, file) => open({ armored, name: file, origin: { file, line: 1, column: 1 } }, keyring),
    value: (node) => secrets.get(String(node.value)) ?? rejectUnopened(node),
  }
}

interface Opening {
  readonly keyring: Keyring
  readonly secrets: Map<string, Secret>
}

async function openAll(documents: readonly Node[], opening: Opening): Promise<readonly Node[]> {
  const { keyring, secrets } = opening
  const problems: Diagnostic[] = []
  const collect = collector(problems)
  const opened: Node[] = []
  for (const document of documents) {
    const whole = (await collect(() => openWhole(document, opening))) ?? document
    for (const sealed of inlineSecrets(whole, secrets)) {
      await collect(async () => secrets.set(sealed.armored, await open(sealed, keyring)))
    }
    opened.push(whole)
  }
  if (problems.length > 0) throw new Rejected(problems)
  return opened
}

async function loadOpened<T>(load: () => T | Promise<T>, opening: Opening): Promise<T> {
  for (;;) {
    const [loaded] = await Promise.allSettled([Promise.resolve().then(load)])
    // What failed may only have missed what was still sealed.
    if ((await openMet(opening)) > 0) continue
    if (loaded.status === 'rejected') throw loaded.reason
    return loaded.value
  }
}

function oneAtATime(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const next = last.then(act, act)
    last = next.catch(() => undefined)
    return next
  }
}

/** Opens what was read and is sealed, and tells how many whole files were among it. */
async function openMet(opening: Opening): Promise<number> {
  const met = takeSealed()
  const opened = await openAll(met, opening)
  const files = opened.filter((document, i) => document !== met[i])
  for (const document of files) rememberOpened(document.origin.file, document)
  return files.length
}

/** Collects what a user can mend in the documents. A problem of the keyring itself has no place there, and ends the opening. */
function collector(problems: Diagnostic[]): <T>(attempt: () => Promise<T>) => Promise<T | undefined> {
  return async (attempt) => {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof Rejected) || error.diagnostics.some(({ origin }) => origin === undefined)) throw error
      problems.push(...error.diagnostics)
      return undefined
    }
  }
}

async function openWhole(document: Node, { keyring, secrets }: Opening): Promise<Node> {
  if (document.kind !== 'scalar' || document.tag === SECRET_TAG || !isSealed(document.raw)) return document
  const { file } = document.origin
  const content = await open({ armored: document.raw, name: file, origin: document.origin }, keyring)
  const parsed = parseSealed(content, file)
  for (const [handle, secret] of parsed.secrets) secrets.set(handle, secret)
  return { ...parsed.node, origin: document.origin }
}

function inlineSecrets(document: Node, known: ReadonlyMap<string, Secret>): readonly Sealed[] {
  const found: Sealed[] = []
  walk(document, '', (node, name) => {
    if (node.tag !== SECRET_TAG || known.has(String(node.value))) return
    found.push({ armored: String(node.value), name: name === '' ? node.origin.file : name, origin: node.origin })
  })
  return found
}

function walk(node: Node, path: string, visit: (node: ScalarNode, path: string) => void): void {
  if (node.kind === 'scalar') visit(node, path)
  else if (node.kind === 'list') for (const [i, item] of node.items.entries()) walk(item, `${path}[${i}]`, visit)
  else for (const { key, value } of node.entries) walk(value, path === '' ? key : `${path}.${key}`, visit)
}

function rejectUnopened({ origin }: ScalarNode): never {
  reject({ code: 'secret-unopened', message: 'this secret was not opened when the run began', origin })
}
