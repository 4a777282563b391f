import { dirname } from 'node:path'
import { reject } from '../../core/diagnostic.ts'
import { plain } from '../../core/node.ts'
import { showOrigin } from '../../core/origin.ts'
import { explain as explainVariable, type Setting } from '../../inventory/explain.ts'
import { hostLayers } from '../../inventory/layers.ts'
import { loadVarsFolder } from '../../inventory/vars_files.ts'
import { didYouMean } from '../../source/suggest.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { explainCommand } from '../declarations/look.ts'
import { type ExitCode, exit } from '../exit.ts'
import { parseExtraVars } from '../extra_vars.ts'
import { openInventory } from '../open_inventory.ts'
import { findProject } from '../project.ts'
import { hostNamed } from './inventory.ts'

/** Prints every place that sets a variable of a host, weakest first, and which one wins. */
export async function explain({ flags, operands }: Request<typeof explainCommand>, context: Context): Promise<ExitCode> {
  const [hostName = '', name = ''] = operands
  const inventory = await openInventory(flags.inventory, context, findProject(context.cwd))
  const host = hostNamed(inventory, hostName)
  const adjacent = flags.playbook === undefined ? undefined : loadVarsFolder(dirname(flags.playbook), { ...inventory, warnings: [] })
  const layers = [...hostLayers(inventory, host, adjacent), ...parseExtraVars(flags['extra-vars'], context.cwd)]
  const settings = explainVariable(layers, name)
  if (settings.length === 0) {
    const known = layers.flatMap(({ values }) => (values.kind === 'map' ? values.entries.map(({ key }) => key) : []))
    const help = didYouMean(name, [...new Set(known)], 'variables')
    reject({ code: 'unknown-variable', message: `nothing sets \`${name}\` for host \`${hostName}\``, ...(help !== undefined && { help }) })
  }
  if (flags.json) context.screen.json(settings.map(documented))
  else context.screen.data(settingLines(settings).join('\n'))
  return exit.clean
}

function documented({ rank, group, origin, value, wins }: Setting) {
  return { rank, ...(group !== undefined && { group }), ...origin, value: shown(value), wins }
}

function settingLines(settings: readonly Setting[]): readonly string[] {
  const rows = settings.map(({ rank, group, origin, value, wins }) => ({
    mark: wins ? '→' : ' ',
    place: `${rank}${group === undefined ? '' : ` (${group})`}`,
    origin: showOrigin(origin),
    value: JSON.stringify(shown(value)),
  }))
  const width = (column: 'place' | 'origin') => Math.max(...rows.map((row) => row[column].length))
  return rows.map((row) => `${row.mark} ${row.place.padEnd(width('place'))}  ${row.origin.padEnd(width('origin'))}  ${row.value}`)
}

/** A sealed value is named; its text says nothing. */
function shown(value: Setting['value']): unknown {
  return value.kind === 'scalar' && value.tag === '!secret' ? '<secret>' : plain(value)
}
