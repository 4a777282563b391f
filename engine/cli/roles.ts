import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Context } from './context.ts'
import type { Project } from './project.ts'

/** Where playbooks find roles: in the project first, as a path a person would type, then among those of the package. */
export function compileOptions({ root }: Project, { cwd }: Pick<Context, 'cwd'>): { readonly root: string; readonly packageRoles: string } {
  return { root: relative(cwd, root) || '.', packageRoles: fileURLToPath(new URL('../../../roles', import.meta.url)) }
}

/** Where chain profiles are: the project's own first, then those of the package. */
export function chainFolders(root: string): readonly string[] {
  return [join(root, 'chains'), fileURLToPath(new URL('../../../roles/cosmos_node/chains', import.meta.url))]
}
