import { isAbsolute, join } from 'node:path'
import type { Source } from '../core/module.ts'
import type { RoleRef } from '../core/plan.ts'

/** Where files of a task are looked for: its role first, then beside the playbook. */
export interface Lookup {
  readonly role?: RoleRef | undefined
  /** The folder of the playbook. */
  readonly folder: string
}

const FOLDERS = { file: 'files', tree: 'files', template: 'templates' } as const

/** Every path at which a source may be, in the order in which they are tried. */
export function sourcePaths({ kind, path }: Exclude<Source, { kind: 'url' }>, { role, folder }: Lookup): readonly string[] {
  if (isAbsolute(path)) return [path]
  const roots = [...(role ? [role.folder] : []), folder]
  return roots.flatMap((root) => [join(root, FOLDERS[kind], path), join(root, path)])
}
