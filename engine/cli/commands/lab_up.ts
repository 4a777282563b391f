import { up } from '../../lab/lab.ts'
import { showStages } from '../../report/stages.ts'
import { verbLine } from '../../report/verb.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { labUpCommand } from '../declarations/project.ts'
import { type ExitCode, exit } from '../exit.ts'
import { labHosts } from '../lab_hosts.ts'
import { openInventory } from '../open_inventory.ts'
import { findProject } from '../project.ts'
import { showDuration } from '../../report/duration.ts'
import { USUAL_LAB } from './lab.ts'

/** Boots a lab host for every host of the inventory. */
export async function labUp({ flags }: Request<typeof labUpCommand>, context: Context): Promise<ExitCode> {
  const { screen } = context
  const started = Date.now()
  const inventory = await openInventory(flags.inventory, context, findProject(context.cwd))
  const name = flags.name ?? USUAL_LAB
  const hosts = labHosts(inventory)
  const stages = showStages(screen, { live: context.lively })
  try {
    await up({ name, hosts, progress: stages.tell, ...(flags.release !== undefined && { release: flags.release }) })
  } finally {
    stages.end()
  }
  screen.note(...verbLine('Booted', `lab ${name} · ${hosts.length} hosts in ${showDuration(Date.now() - started)}`))
  screen.note(...verbLine('Try', `holdfast lab shell ${hosts[0]?.name ?? ''}${name === USUAL_LAB ? '' : ` -n ${name}`}`))
  return exit.clean
}
