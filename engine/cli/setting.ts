import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import type { Node } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { Layer, Plan } from '../core/plan.ts'
import type { Inventory, VarsFolder } from '../inventory/model.ts'
import { loadVarsFolder } from '../inventory/vars_files.ts'
import { loadInventory } from '../inventory/load.ts'
import { compile } from '../playbook/compile.ts'
import { createOpener, type Opener } from '../secrets/opener.ts'
import { readDocument } from '../source/read.ts'
import type { Context } from './context.ts'
import { parseExtraVars } from './extra_vars.ts'
import { openKeyring } from './keyring.ts'
import { inventoryNames, showWarnings } from './open_inventory.ts'
import { findProject, type Project } from './project.ts'
import { compileOptions } from './roles.ts'

/** Every document of a call, read, checked and opened. No host has been contacted. */
export interface Setting {
  readonly project: Project
  readonly inventories: readonly string[]
  readonly inventory: Inventory
  readonly plan: Plan
  /** The vars folders beside the playbooks, by their path. */
  readonly adjacent: ReadonlyMap<string, VarsFolder>
  /** `-e`, later ones stronger. */
  readonly extra: readonly Layer[]
  readonly opener: Opener
}

interface Documents {
  readonly playbooks: readonly string[]
  readonly inventory: readonly string[]
  readonly extraVars: readonly string[]
  /** A playbook that is no file: what the command line itself asks for. */
  readonly written?: Node
}

/** Reads everything a call names. Rejects with every problem of all documents at once. */
export async function openSetting(documents: Documents, context: Context): Promise<Setting> {
  const project = findProject(context.cwd)
  const inventories = inventoryNames(documents.inventory, context, project)
  const extra = parseExtraVars(documents.extraVars, context.cwd)
  const opener = createOpener(openKeyring(context, { root: project.root, keyFile: undefined }))
  const loaded = await opener.load(() => loadAll({ ...documents, inventories, project, context }))
  showWarnings(loaded.warnings, context.screen)
  return { project, inventories, extra, opener, ...loaded }
}

interface Loading extends Documents {
  readonly inventories: readonly string[]
  readonly project: Project
  readonly context: Context
}

async function loadAll({ inventories, playbooks, written, project, context }: Loading) {
  const problems: Diagnostic[] = []
  const inventory = await settled(problems, () => loadInventory(inventories))
  const plan = await settled(problems, () =>
    compile(playbooks, { ...compileOptions(project, context), ...(written && { read: reader(written) }) }),
  )
  const warnings = [...(inventory?.warnings ?? [])]
  const adjacent = new Map<string, VarsFolder>()
  for (const folder of new Set(plan?.plays.map((play) => play.folder))) {
    const found = await settled(problems, () => (inventory ? loadVarsFolder(folder, { ...inventory, warnings }) : undefined))
    if (found) adjacent.set(folder, found)
  }
  if (problems.length > 0 || !inventory || !plan) throw new Rejected(problems)
  return { inventory, plan, adjacent, warnings }
}

function reader(written: Node): (path: string, from?: Origin) => Node {
  return (path, from) => (path === written.origin.file ? written : readDocument(path, from && { from }))
}

/** The part's value, or nothing with its problems added to the list. */
export async function settled<T>(problems: Diagnostic[], part: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await part()
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    problems.push(...error.diagnostics)
    return undefined
  }
}
