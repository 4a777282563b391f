import { groupHosts } from '../inventory/members.ts'
import { hostLayers } from '../inventory/layers.ts'
import type { Inventory } from '../inventory/model.ts'
import { askSecret } from '../report/ask.ts'
import { verbLine } from '../report/verb.ts'
import type { Secret } from '../core/secret.ts'
import { Fleet, type Roster } from '../runner/fleet.ts'
import type { ReachDefaults } from '../runner/target.ts'
import type { Context } from './context.ts'
import { fleetOf } from './fleets.ts'
import type { Setting } from './setting.ts'

interface Reaching {
  readonly check: boolean
  readonly transport: 'smart' | 'ssh' | 'openssh' | 'local' | undefined
  readonly becomePassword: Secret | undefined
}

/** The hosts of a setting, not yet connected. */
export function makeFleet(setting: Setting, reaching: Reaching, context: Context): Fleet {
  return new Fleet({
    roster: rosterOf(setting),
    extra: setting.extra,
    open: setting.opener.value,
    opener: setting.opener,
    environment: context.env,
    check: reaching.check,
    reach: reachDefaults(setting, reaching, context),
    connect: {
      home: context.home,
      notice: (text) => context.screen.note(...verbLine('Says', text)),
      ...(context.interactive && { askPassphrase: (keyFile: string) => askSecret(`passphrase of ${keyFile}`, context) }),
    },
  })
}

function reachDefaults({ project }: Setting, { transport, becomePassword }: Reaching, { env }: Context): ReachDefaults {
  const connection = transport ?? project.transport
  const agent = env['SSH_AUTH_SOCK']
  return {
    ...(connection !== undefined && { connection }),
    ...(project.hostKeys !== undefined && { hostKeyPolicy: project.hostKeys }),
    ...(agent !== undefined && { agent }),
    ...(becomePassword !== undefined && { becomePassword }),
  }
}

/** What a run needs of the inventory of a setting. */
export function rosterOf(setting: Setting): Roster {
  const { inventory, adjacent } = setting
  return {
    hosts: [...inventory.hosts.keys()],
    groups: Object.fromEntries([...inventory.groups.keys()].map((name) => [name, groupHosts(inventory, name)])),
    groupsOf: (name) => inventory.hosts.get(name)?.groups ?? [],
    layers: (name, folder) => {
      const host = inventory.hosts.get(name)
      return host ? hostLayers(inventory, host, adjacent.get(folder)) : []
    },
    fleetOf: (name, folder) => fleetOf(setting, { host: name, folder }),
    ...folderOf(inventory),
  }
}

function folderOf({ sources }: Inventory): { readonly folder?: string } {
  const folder = sources.findLast((source) => source.folder !== undefined)?.folder
  return folder === undefined ? {} : { folder }
}
