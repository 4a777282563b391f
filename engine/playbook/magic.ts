import type { Value } from '../core/json.ts'
import type { Scope } from './scope.ts'
import type { Values } from './scope_layer.ts'
import { Lazy, OMIT, type Term } from './term.ts'

/** What the run knows around a host. */
export interface Surroundings {
  readonly host: string
  /** The hosts of every group, in inventory order. */
  readonly groups: { readonly [group: string]: readonly string[] }
  /** The groups of the host, without `all`. */
  readonly groupNames: readonly string[]
  /** The variables of another host, without those of the play; undefined if there is no such host. */
  readonly scopeOf: (host: string) => Scope | undefined
  /** Hosts of the play that are still alive, those of the batch, and all it began with. */
  readonly playHosts: readonly string[]
  readonly batch: readonly string[]
  readonly allPlayHosts: readonly string[]
  readonly checkMode: boolean
  readonly playbookFolder: string
  readonly inventoryFolder?: string
  /** The fleet of the host, as the inventory describes it; left out where it names no chain. */
  readonly fleet?: Term | undefined
  /** Further names, such as `ansible_play_name`. */
  readonly more?: { readonly [name: string]: Value }
}

/** The names every host has, under Ansible's spelling. */
export function magicValues(around: Surroundings): Values {
  const given: { readonly [name: string]: Term } = {
    inventory_hostname: around.host,
    inventory_hostname_short: around.host.split('.')[0] ?? around.host,
    group_names: around.groupNames,
    groups: around.groups,
    hostvars: hostvars(around),
    play_hosts: around.playHosts,
    ansible_play_hosts: around.playHosts,
    ansible_play_batch: around.batch,
    ansible_play_hosts_all: around.allPlayHosts,
    ansible_check_mode: around.checkMode,
    playbook_dir: around.playbookFolder,
    ...(around.inventoryFolder !== undefined && { inventory_dir: around.inventoryFolder }),
    ...(around.fleet !== undefined && { fleet: around.fleet }),
    omit: OMIT,
    ...around.more,
  }
  return { rank: 'magic', given }
}

function hostvars({ groups, scopeOf }: Surroundings): Lazy {
  return new Lazy({
    list: false,
    keys: () => groups['all'] ?? [],
    get: (host) => {
      const scope = scopeOf(host)
      return scope && new Lazy({ list: false, keys: () => scope.names().filter((name) => !HIDDEN.has(name)), get: scope.lookup })
    },
  })
}

/** Names of a host that lead back to all hosts, and would never end when all of them are read. */
const HIDDEN = new Set(['hostvars', 'vars', 'omit'])
