import { resolve } from 'node:path'
import type { MapNode, Node, ScalarNode } from '../core/node.ts'

/** Whether a text is one sealed message and nothing else. */
export function isSealed(text: string): boolean {
  return text.trimStart().startsWith('-----BEGIN PGP MESSAGE-----')
}

/** A file that is sealed as a whole, as `secrets/` opens it. */
export function sealedNode(text: string, file: string): ScalarNode {
  return { kind: 'scalar', value: text, raw: text, quoted: true, tag: '!sealed', origin: { file, line: 1, column: 1 } }
}

/**
 * What a sealed file holds, if it was opened; until then an empty map. Reading cannot wait and knows no keys, so a sealed
 * file is noted when it is first read, opened by `secrets/`, and there when it is read again.
 */
export function sealedDocument(text: string, file: string): Node {
  const document = opened.get(resolve(file))
  if (document !== undefined) return document
  met.push(sealedNode(text, file))
  const empty = emptyMap(file)
  unopened.add(empty)
  return empty
}

/** Whether a document only stands for a sealed file that was not opened when it was read. */
export function isUnopened(document: Node): boolean {
  return unopened.has(document)
}

/** Notes a document in which values are sealed. */
export function noteSealed(document: Node): void {
  met.push(document)
}

/** The sealed files and the documents with sealed values that were read since the last call. */
export function takeSealed(): readonly Node[] {
  return met.splice(0)
}

/** Keeps what a sealed file holds for when it is read again. */
export function rememberOpened(file: string, document: Node): void {
  opened.set(resolve(file), document)
}

const met: Node[] = []
const opened = new Map<string, Node>()
const unopened = new WeakSet<Node>()

function emptyMap(file: string): MapNode {
  return { kind: 'map', entries: [], origin: { file, line: 1, column: 1 } }
}
