import type { Entry, MapNode, Node } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { type Rank, RANKS } from '../core/plan.ts'
import type { Host, HostLayer, Inventory, VarsFolder } from './model.ts'

/** Every place that gives vars to a host, weakest first; `adjacent` is the vars folder beside the playbook. */
export function hostLayers(inventory: Inventory, host: Host, adjacent?: VarsFolder): readonly HostLayer[] {
  return [...inventoryLayers(inventory, host), ...(adjacent ? folderLayers(host, { folder: adjacent, prefix: 'playbook ' }) : [])].sort(
    byRank,
  )
}

/** The layers as one map, in which the strongest value of each name is left, with its place. */
export function mergedVars(layers: readonly { readonly values: Node }[]): MapNode {
  const merged = new Map<string, Entry>()
  for (const { values } of layers) {
    for (const entry of values.kind === 'map' ? values.entries : []) merged.set(entry.key, entry)
  }
  return { kind: 'map', entries: [...merged.values()], origin: layers[0]?.values.origin ?? NOWHERE }
}

const NOWHERE: Origin = { file: 'the inventory', line: 1, column: 1 }

function inventoryLayers(inventory: Inventory, host: Host): readonly HostLayer[] {
  const groups = ['all', ...host.groups]
  return [
    ...groups.flatMap((group) => layersOf(inventory.groups.get(group)?.vars, { rank: 'inventory group vars', group })),
    ...inventory.folders.flatMap((folder) => folderLayers(host, { folder, prefix: '' })),
    ...layersOf(host.vars, { rank: 'inventory host vars' }),
  ]
}

interface Folder {
  readonly folder: VarsFolder
  readonly prefix: '' | 'playbook '
}

function folderLayers(host: Host, { folder, prefix }: Folder): readonly HostLayer[] {
  return [
    ...layersOf(folder.groups.get('all'), { rank: `${prefix}group_vars/all`, group: 'all' }),
    ...host.groups.flatMap((group) => layersOf(folder.groups.get(group), { rank: `${prefix}group_vars`, group })),
    ...layersOf(folder.hosts.get(host.name), { rank: `${prefix}host_vars` }),
  ]
}

function layersOf(maps: readonly MapNode[] | undefined, place: { readonly rank: Rank; readonly group?: string }): readonly HostLayer[] {
  return (maps ?? []).map((values) => ({ ...place, values }))
}

function byRank(a: HostLayer, b: HostLayer): number {
  return ORDER.indexOf(a.rank) - ORDER.indexOf(b.rank)
}

const ORDER: readonly string[] = RANKS
