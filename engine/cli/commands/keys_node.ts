import { relative } from 'node:path'
import { Rejected } from '../../core/diagnostic.ts'
import { makeNodeKeys } from '../../ceremony/make_node_keys.ts'
import { finishWriting, writeTogether } from '../../ceremony/write_together.ts'
import { loadInventory } from '../../inventory/load.ts'
import { verbLine } from '../../report/verb.ts'
import { loadRecipients } from '../../secrets/recipient.ts'
import { fleetIn, folderOf } from '../ceremony_fleet.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { nodeCommand } from '../declarations/keys.ts'
import { type ExitCode, exit } from '../exit.ts'
import { inventoryNames } from '../open_inventory.ts'
import { findProject } from '../project.ts'
import { openSetting } from '../setting.ts'

/** Makes the node keys that a fleet lacks. What is sealed is opened: a key that is there must be seen, or it would be made twice. */
export async function node({ flags }: Request<typeof nodeCommand>, context: Context): Promise<ExitCode> {
  const { screen, cwd } = context
  const project = findProject(cwd)
  const folder = folderOf(await loadInventory(inventoryNames(flags.inventory, context, project)))
  await finishWriting(folder)
  const setting = await openSetting({ playbooks: [], inventory: flags.inventory, extraVars: [] }, context)
  const { fleet, hosts } = fleetIn(setting, flags.chain)
  const made = await makeNodeKeys(fleet, { hosts, folder, recipients: () => loadRecipients(project.root) })
  if ('problems' in made) throw new Rejected(made.problems)
  if (made.writings.length > 0) await writeTogether(folder, made.writings)
  for (const { host, id, file } of made.keys)
    screen.note(...verbLine('Sealed', `${relative(cwd, folder) || '.'}/${file} · ${host} is ${id}`))
  if (made.keys.length === 0) screen.note(...verbLine('Ok', `every node of \`${fleet.name}\` has its key`))
  return exit.clean
}
