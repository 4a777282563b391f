import type { ScalarNode } from '../core/node.ts'

/** Whether a text is one sealed message and nothing else. */
export function isSealed(text: string): boolean {
  return text.trimStart().startsWith('-----BEGIN PGP MESSAGE-----')
}

/** A file that is sealed as a whole, as a document that `secrets/` replaces by what it holds. */
export function sealedNode(text: string, file: string): ScalarNode {
  return { kind: 'scalar', value: text, raw: text, quoted: true, tag: '!sealed', origin: { file, line: 1, column: 1 } }
}
