import { resolve } from 'node:path'
import { createExpander } from '../playbook/include.ts'
import { magicValues } from '../playbook/magic.ts'
import { type FilesMet, preflight } from '../playbook/preflight.ts'
import { selects } from '../playbook/tags.ts'
import { cutBatches, sizesOf } from '../rollout/batches.ts'
import { limitOf } from '../rollout/limits.ts'
import type { Context } from './context.ts'
import { soundFleets } from './fleets.ts'
import { rosterOf } from './make_fleet.ts'
import { showWarnings } from './open_inventory.ts'
import type { Prepared } from './prepare.ts'
import { compileOptions } from './roles.ts'

/** What is known about the secrets of a run before its first contact. */
export interface Foreseen {
  /** Files will be read whose names are not known yet, and something in them may be sealed. */
  readonly opensLater: boolean
}

/**
 * Renders what can be known before contact, for every host, and opens what is sealed in the files that this leads to. Rejects with
 * all that is wrong with it.
 */
export async function lookAhead(prepared: Known, context: Context): Promise<Foreseen> {
  await prepared.setting.opener.load(() => refuseContradictions(prepared, context))
  return await lookAtTasks(prepared, context)
}

/** The same for what only looks at hosts: an inventory that contradicts itself about its fleets does not keep anybody from looking. */
export async function lookAtTasks(prepared: Known, context: Context): Promise<Foreseen> {
  const { opener } = prepared.setting
  const sources = new Set<string>()
  let opensLater = false
  const later = () => {
    opensLater = true
  }
  await opener.load(() => {
    check(prepared, { context, files: { source: (path) => sources.add(path), later } })
  })
  await opener.tryContents([...sources])
  return { opensLater }
}

/** An inventory that contradicts itself about its fleets is refused before anything is made of them. */
function refuseContradictions({ setting, plan }: Known, { screen }: Context): void {
  const folders = new Set(plan.plays.map(({ folder }) => folder))
  for (const folder of folders) showWarnings(soundFleets(setting, folder)?.warnings ?? [], screen)
}

type Known = Pick<Prepared, 'setting' | 'plan' | 'hosts' | 'selection'>

function check(
  { setting, plan, hosts, selection }: Known,
  { context, files }: { readonly context: Context; readonly files: FilesMet },
): void {
  const roster = rosterOf(setting)
  preflight(plan, {
    hostsOf: (play) => hosts.get(play) ?? [],
    layersOf: (host, play) => [...roster.layers(host, play.folder), ...setting.extra],
    magicOf: (host, play, scopeOf) => {
      const all = hosts.get(play) ?? []
      return magicValues({
        host,
        groups: roster.groups,
        groupNames: roster.groupsOf(host),
        scopeOf,
        playHosts: all,
        batch: all,
        allPlayHosts: all,
        checkMode: false,
        playbookFolder: resolve(play.folder),
        ...(roster.folder !== undefined && { inventoryFolder: resolve(roster.folder) }),
        fleet: roster.fleetOf?.(host, play.folder),
        more: { ansible_play_name: play.name },
      })
    },
    open: setting.opener.value,
    selects: ({ tags }) => selects(tags, selection),
    expander: createExpander(compileOptions(setting.project, context)),
    checkPlay: (play, scope) => {
      cutBatches(hosts.get(play) ?? [], sizesOf(play, scope))
      limitOf(play, scope)
    },
    files,
  })
}
