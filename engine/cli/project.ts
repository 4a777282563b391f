import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import { at, type Node, plain } from '../core/node.ts'
import { quote } from '../core/script.ts'
import { readDocument } from '../source/read.ts'
import { type DocumentSchema, validateNode } from '../source/validate.ts'

/** The folder a call works in, and what its `holdfast.yml` takes for granted. */
export interface Project {
  readonly root: string
  /** Absolute paths. */
  readonly inventories: readonly string[]
  readonly forks?: number
  readonly hostKeys?: 'strict' | 'accept-new'
  readonly transport?: 'smart' | 'ssh' | 'openssh'
  /** Seconds. */
  readonly guards?: GuardWaits
}

/** How long the guards of a fleet wait, in seconds. */
export interface GuardWaits {
  readonly lock_wait?: number
  readonly quorum_wait?: number
  readonly return_wait?: number
}

/** Name of the file that marks the root of a project and holds its settings. */
const PROJECT_FILE = 'holdfast.yml'

/** The schema of `holdfast.yml`. */
export const projectSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'holdfast.yml',
  description: 'What every call in a project takes for granted. Flags win over it.',
  type: 'object',
  additionalProperties: false,
  properties: {
    inventory: {
      description: 'The inventory or inventories, relative to this file.',
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
    },
    forks: { description: 'Hosts worked on at the same time.', type: 'integer', minimum: 1 },
    host_keys: { description: 'Whether the key of a host that has none on record is refused or recorded.', enum: ['strict', 'accept-new'] },
    guards: {
      description: 'How long the guards of a fleet wait, in seconds.',
      type: 'object',
      additionalProperties: false,
      properties: {
        lock_wait: { description: 'For another run to end; left out, it is not waited for.', type: 'integer', minimum: 0 },
        quorum_wait: { description: 'For cosigners that are down to come back; left out, 120.', type: 'integer', minimum: 0 },
        return_wait: { description: 'For a cosigner to be up again after a change; left out, 60.', type: 'integer', minimum: 1 },
      },
    },
    transport: { description: 'How hosts are reached.', enum: ['smart', 'ssh', 'openssh'] },
  },
} as const satisfies DocumentSchema

/** The project around a folder: the nearest `holdfast.yml` above marks its root; without one, the folder itself is the root. */
export function findProject(cwd: string): Project {
  const root = rootAbove(resolve(cwd))
  if (root === undefined) return { root: resolve(cwd), inventories: [] }
  const file = join(root, PROJECT_FILE)
  const node = readDocument(file)
  const problems = [...exposed(file), ...validateNode(node, projectSchema, { what: `\`${PROJECT_FILE}\`` })]
  if (problems.length > 0) throw new Rejected(problems)
  return { root, ...settings(root, node) }
}

function rootAbove(folder: string): string | undefined {
  if (existsSync(join(folder, PROJECT_FILE))) return folder
  const parent = dirname(folder)
  return parent === folder ? undefined : rootAbove(parent)
}

/** Whoever may write this file may choose which hosts are changed, and how. */
function exposed(file: string): readonly Diagnostic[] {
  if ((statSync(file).mode & 0o002) === 0) return []
  return [
    {
      code: 'project-exposed',
      message: `\`${file}\` can be written by everyone on this machine`,
      help: `run \`chmod o-w ${quote(file)}\``,
    },
  ]
}

function settings(root: string, node: Node): Omit<Project, 'root'> {
  const text = (key: string) => plainAt(node, key) as string | undefined
  const inventory = plainAt(node, 'inventory')
  const paths = inventory === undefined ? [] : [inventory].flat()
  const [forks, hostKeys, transport] = [plainAt(node, 'forks') as number | undefined, text('host_keys'), text('transport')]
  return {
    inventories: paths.map((path) => resolve(root, String(path))),
    ...(forks !== undefined && { forks }),
    ...(hostKeys !== undefined && { hostKeys: hostKeys as 'strict' | 'accept-new' }),
    ...(transport !== undefined && { transport: transport as 'smart' | 'ssh' | 'openssh' }),
    ...(at(node, 'guards') !== undefined && { guards: plainAt(node, 'guards') as GuardWaits }),
  }
}

function plainAt(node: Node, key: string): unknown {
  const found = at(node, key)
  return found === undefined ? undefined : plain(found)
}
