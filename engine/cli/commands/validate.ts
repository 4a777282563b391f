import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Diagnostic, Rejected } from '../../core/diagnostic.ts'
import { compile } from '../../playbook/compile.ts'
import { JSON_FORMAT } from '../../report/json.ts'
import { verbLine } from '../../report/verb.ts'
import { chooseHosts } from '../chosen_hosts.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { validateCommand } from '../declarations/run.ts'
import { type ExitCode, exit } from '../exit.ts'
import { lookAhead } from '../look_ahead.ts'
import { soundFleets } from '../fleets.ts'
import { inventoryNames, showWarnings } from '../open_inventory.ts'
import { findProject } from '../project.ts'
import { compileOptions } from '../roles.ts'
import { openSetting, settled } from '../setting.ts'

/** Reports every problem of an inventory and of playbooks. Where no inventory is known, of the playbooks alone. */
export async function validate({ flags, operands }: Request<typeof validateCommand>, context: Context): Promise<ExitCode> {
  const project = findProject(context.cwd)
  const { root } = compileOptions(project, context)
  const playbooks = operands.length > 0 ? operands : playbooksIn(join(root, 'playbooks'))
  const inventories = inventoryNames(flags.inventory, context, project)
  const problems: Diagnostic[] = []
  if (inventories.length === 0) await settled(problems, () => compile(playbooks, compileOptions(project, context)))
  else await settled(problems, () => validateAll({ playbooks, inventories, extraVars: flags['extra-vars'] }, context))
  if (problems.length > 0) throw new Rejected(problems)
  if (flags.json) context.screen.json({ format: JSON_FORMAT, exitCode: exit.clean, errors: [] })
  context.screen.note(...verbLine('Ok', [...inventories, ...playbooks].join(', ')))
  return exit.clean
}

interface Named {
  readonly playbooks: readonly string[]
  readonly inventories: readonly string[]
  readonly extraVars: readonly string[]
}

async function validateAll({ playbooks, inventories, extraVars }: Named, context: Context): Promise<void> {
  const setting = await openSetting({ playbooks, inventory: inventories, extraVars }, context)
  if (playbooks.length === 0) return showWarnings(soundFleets(setting, '')?.warnings ?? [], context.screen)
  const hosts = chooseHosts(setting, undefined, context.screen)
  await lookAhead({ setting, plan: setting.plan, hosts, selection: { tags: [], skipTags: [] } }, context)
}

function playbooksIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name))
    return names.sort().map((name) => join(folder, name))
  } catch {
    return []
  }
}
