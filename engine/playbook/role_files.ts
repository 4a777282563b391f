import { existsSync, readdirSync, statSync } from 'node:fs'
import { isAbsolute, join, normalize } from 'node:path'
import type { Node } from '../core/node.ts'
import type { CompileOptions } from './compiling.ts'

export type RolePart = 'tasks' | 'handlers' | 'defaults' | 'vars' | 'meta'

/** The folders in which a play finds roles, in order: the project's, those beside the playbook, those of the package. */
export function roleFolders({ root, packageRoles }: CompileOptions, playbookFolder: string): readonly string[] {
  const folders = [join(root, 'roles'), join(playbookFolder, 'roles'), ...(packageRoles === undefined ? [] : [packageRoles])]
  return [...new Set(folders.map((folder) => normalize(folder)))]
}

/** The folder of a role. */
export function findRole(name: string, folders: readonly string[]): string | undefined {
  const candidates = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name))
  return candidates.find(isRole)
}

/** The names of all roles in these folders. */
export function roleNames(folders: readonly string[]): readonly string[] {
  const found = folders.filter(isFolder).flatMap((folder) => readdirSync(folder).filter((name) => isRole(join(folder, name))))
  return [...new Set(found)]
}

const PARTS = ['tasks', 'handlers', 'defaults', 'vars', 'meta', 'templates', 'files']

/** A folder without any part of a role is one of another kind, or a mistake that would pass for a role that does nothing. */
function isRole(folder: string): boolean {
  return PARTS.some((part) => isFolder(join(folder, part)))
}

/** The documents of a part of a role: `tasks/main.yml`, or every file of `defaults/main/`. Empty documents are left out. */
export function roleDocuments(
  folder: string,
  { part, from = 'main' }: { readonly part: RolePart; readonly from?: string },
  read: CompileOptions['read'],
): readonly Node[] {
  const file = findDocument(join(folder, part, from))
  if (file !== undefined) return notEmpty([read(file)])
  const directory = join(folder, part, from)
  if (!isFolder(directory)) return []
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
  return notEmpty(files.map((name) => read(join(directory, name))))
}

/** The file of this name, its extension given or not. */
export function findDocument(path: string): string | undefined {
  return ['', '.yml', '.yaml', '.json'].map((extension) => path + extension).find(isFile)
}

/** Whether there is such a file. */
export function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}

function notEmpty(documents: readonly Node[]): readonly Node[] {
  return documents.filter((node) => node.kind !== 'scalar' || node.value !== null)
}
