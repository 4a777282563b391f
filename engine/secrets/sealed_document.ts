import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import type { Node, ScalarNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { Secret } from '../core/secret.ts'
import { quote } from '../core/script.ts'
import { parseYaml } from '../source/yaml.ts'

/** A vars document that came out of a sealed file. */
export interface SealedDocument {
  /** The document, each text in it replaced by a handle with the tag `!secret`. */
  readonly node: Node
  /** What the handles stand for. */
  readonly secrets: ReadonlyMap<string, Secret>
}

/**
 * Reads what a sealed file held. Every text in it is a secret. A number would be shown wherever it is used, so it is
 * refused. Problems name a line and a column of the opened text and nothing of what stands there.
 */
export function parseSealed(content: Secret, file: string): SealedDocument {
  const secrets = new Map<string, Secret>()
  const problems: Diagnostic[] = []
  const replace = (node: Node, path: string): Node => {
    if (node.kind === 'list') return { ...node, items: node.items.map((item, i) => replace(item, `${path}[${i}]`)) }
    if (node.kind === 'map') {
      return { ...node, entries: node.entries.map((entry) => ({ ...entry, value: replace(entry.value, below(path, entry.key)) })) }
    }
    if (typeof node.value === 'number') problems.push(barePlace(file, node.origin))
    if (typeof node.value !== 'string') return node
    const handle = `sealed:${file}#${path}`
    secrets.set(handle, new Secret(path, node.value))
    return handleNode(handle, node.origin)
  }
  const root = parseQuietly(content, file)
  if (root.kind !== 'map') problems.push(noVars(file, root.origin))
  const node = replace(root, '')
  if (problems.length > 0) throw new Rejected(problems)
  return { node, secrets }
}

/** What stands against sealing a text as this file, named relative to its project; a file that holds no vars may hold anything. */
export function varsProblem(content: Secret, file: string): Rejected | undefined {
  if (!VARS_FILE.test(file)) return undefined
  try {
    parseSealed(content, file)
    return undefined
  } catch (error) {
    if (error instanceof Rejected) return error
    throw error
  }
}

/** What is certainly a vars document. */
const VARS_FILE = /(^|\/)(group_vars|host_vars|vars|defaults)\/|\.sealed\.(ya?ml|json)$/

/** The name under which places in the opened text are reported; the file itself holds only the sealed message. */
function opened(file: string): string {
  return `${file} (opened)`
}

function parseQuietly(content: Secret, file: string): Node {
  try {
    return parseYaml(content.reveal(), opened(file))
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    throw new Rejected(error.diagnostics.map(({ origin }) => unreadable(file, origin)))
  }
}

function handleNode(handle: string, origin: Origin): ScalarNode {
  return { kind: 'scalar', value: handle, raw: handle, quoted: true, tag: '!secret', origin }
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function unreadable(file: string, origin: Origin = { file: opened(file), line: 1, column: 1 }): Diagnostic {
  return {
    code: 'sealed-yaml',
    message: 'what the sealed file holds is no valid YAML here',
    origin,
    help: `mend it with \`holdfast secrets edit ${quote(file)}\``,
  }
}

function barePlace(file: string, origin: Origin): Diagnostic {
  return {
    code: 'sealed-number',
    message: 'a number in a sealed file would be shown like any other number',
    origin,
    help: `write it in quotes if it is a secret, else keep it in an ordinary vars file; \`holdfast secrets edit ${quote(file)}\` opens this one`,
  }
}

function noVars(file: string, origin: Origin): Diagnostic {
  return {
    code: 'sealed-no-vars',
    message: `\`${file}\` must hold vars, each a name and a value`,
    origin: { ...origin, file: opened(file) },
    help: 'seal a single value as `name: !secret |` in an ordinary vars file',
  }
}
