import { writeFile } from 'node:fs/promises'
import { reject } from '../../core/diagnostic.ts'
import { topologySvg } from '../../fleet/topology_svg.ts'
import { topologyText } from '../../fleet/topology_text.ts'
import { verbLine } from '../../report/verb.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { topologyCommand } from '../declarations/look.ts'
import { type ExitCode, exit } from '../exit.ts'
import { soundFleets } from '../fleets.ts'
import { showWarnings } from '../open_inventory.ts'
import { openSetting } from '../setting.ts'

/** Shows the fleets of an inventory: their tiers, hosts and allowed flows. */
export async function topology({ flags }: Request<typeof topologyCommand>, context: Context): Promise<ExitCode> {
  const { screen } = context
  const setting = await openSetting({ playbooks: [], inventory: flags.inventory, extraVars: flags['extra-vars'] }, context)
  const known = soundFleets(setting, '')
  showWarnings(known?.warnings ?? [], screen)
  const named = flags.chain === undefined ? known?.fleets : known?.fleets.filter(({ name }) => name === flags.chain)
  const fleets = named && named.length > 0 ? named : rejectNone(known?.fleets.map(({ name }) => name) ?? [])
  const [fleet, ...others] = fleets
  if (flags.svg !== undefined && others.length > 0) return rejectSeveral(fleets.map(({ name }) => name))
  screen.data(fleets.map(topologyText).join('\n\n'))
  if (flags.svg === undefined || !fleet) return exit.clean
  await writeFile(flags.svg, topologySvg(fleet)).catch((error: NodeJS.ErrnoException) => rejectFile(flags.svg ?? '', error))
  screen.note(...verbLine('Wrote', flags.svg))
  return exit.clean
}

function rejectFile(path: string, { code, message }: NodeJS.ErrnoException): never {
  return reject({ code: 'topology-file', message: `cannot write \`${path}\`: ${code ?? message}`, help: 'name a file that can be written' })
}

function rejectNone(chains: readonly string[]): never {
  const help = 'name a chain for the hosts of the groups `public`, `sentry`, `cosigner` and `signer`: `chain: NAME`'
  return reject({
    code: 'no-fleet',
    message: chains.length > 0 ? 'the inventory has no fleet of this chain' : 'the inventory describes no fleet',
    help: chains.length > 0 ? `its chains are: ${chains.join(', ')}` : help,
  })
}

function rejectSeveral(chains: readonly string[]): never {
  return reject({
    code: 'usage',
    message: `the inventory has ${chains.length} fleets, and a drawing shows one`,
    help: `choose one with \`--chain\`: ${chains.join(', ')}`,
  })
}
