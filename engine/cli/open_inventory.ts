import { relative } from 'node:path'
import type { Diagnostic } from '../core/diagnostic.ts'
import { loadInventory } from '../inventory/load.ts'
import type { Inventory } from '../inventory/model.ts'
import { diagnosticsBlock } from '../report/diagnostic.ts'
import type { Screen } from '../report/screen.ts'
import type { Context } from './context.ts'
import type { Project } from './project.ts'
import { readSourceLine } from './source_line.ts'

/** The inventories of a call: those of its flags, or else those the project takes for granted, as paths a person would type. */
export function inventoryNames(given: readonly string[], { cwd }: Pick<Context, 'cwd'>, project: Project): readonly string[] {
  return given.length > 0 ? given : project.inventories.map((path) => relative(cwd, path) || '.')
}

/** Loads the inventory of a call and says what a person should know about it. */
export async function openInventory(given: readonly string[], context: Context, project: Project): Promise<Inventory> {
  const inventory = await loadInventory(inventoryNames(given, context, project))
  showWarnings(inventory.warnings, context.screen)
  return inventory
}

/** Shows diagnostics that stop nothing. */
export function showWarnings(warnings: readonly Diagnostic[], screen: Screen): void {
  if (warnings.length > 0) screen.notes(diagnosticsBlock(warnings, { level: 'warning', readLine: readSourceLine }))
}
