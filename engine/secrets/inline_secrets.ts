import type { Node, ScalarNode } from '../core/node.ts'
import type { Sealed } from './open.ts'

/** The tag of a value that is a secret. */
export const SECRET_TAG = '!secret'

/** Every value of a document that is sealed by itself, named by the path to it. */
export function inlineSecrets(document: Node): readonly Sealed[] {
  const found: Sealed[] = []
  walk(document, '', (node, name) => {
    if (node.tag !== SECRET_TAG) return
    found.push({ armored: String(node.value), name: name === '' ? node.origin.file : name, origin: node.origin })
  })
  return found
}

function walk(node: Node, path: string, visit: (node: ScalarNode, path: string) => void): void {
  if (node.kind === 'scalar') visit(node, path)
  else if (node.kind === 'list') for (const [i, item] of node.items.entries()) walk(item, `${path}[${i}]`, visit)
  else for (const { key, value } of node.entries) walk(value, path === '' ? key : `${path}.${key}`, visit)
}
