import { reject } from '../../core/diagnostic.ts'
import { renderGraph, renderHost, renderList } from '../../inventory/list.ts'
import type { Inventory } from '../../inventory/model.ts'
import { didYouMean } from '../../source/suggest.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { inventoryCommand } from '../declarations/look.ts'
import { type ExitCode, exit } from '../exit.ts'
import { openInventory } from '../open_inventory.ts'
import { findProject } from '../project.ts'

/** Shows the inventory as JSON, as a tree, or what it says of one host. */
export async function inventory({ flags }: Request<typeof inventoryCommand>, context: Context): Promise<ExitCode> {
  const { screen } = context
  const found = await openInventory(flags.inventory, context, findProject(context.cwd))
  if (flags.host !== undefined) screen.json(renderHost(found, hostNamed(found, flags.host)))
  else if (flags.graph) screen.data(renderGraph(found))
  else screen.json(renderList(found))
  return exit.clean
}

/** The host of this name. Rejects a name that the inventory does not know. */
export function hostNamed({ hosts }: Inventory, name: string) {
  const host = hosts.get(name)
  if (host) return host
  const help = didYouMean(name, [...hosts.keys()], 'hosts')
  return reject({ code: 'unknown-host', message: `the inventory has no host \`${name}\``, ...(help !== undefined && { help }) })
}
