import { at, type Node } from '../core/node.ts'
import type { HostLayer, Inventory } from '../inventory/model.ts'
import type { Placed } from './model.ts'

/**
 * The chains that groups beside each other give a host, when nothing stronger decides between them. Of a group and one below it the
 * lower counts, as for every variable; of two that merely share a host, the alphabet would decide.
 */
export function rivalChains(layers: readonly HostLayer[], { groups }: Pick<Inventory, 'groups'>): readonly Placed<string>[] {
  const given = layers.flatMap(({ group, values }) => {
    const node = at(values, 'chain')
    return node ? [{ group, node }] : []
  })
  if (given.some(({ group }) => group === undefined)) return []
  const byGroup = new Map(given.map(({ group = '', node }) => [group, node]))
  const lowest = [...byGroup].filter(([group]) => ![...byGroup.keys()].some((other) => other !== group && isWithin(other, group, groups)))
  return lowest.map(([, node]) => placed(node))
}

function placed(node: Node): Placed<string> {
  return { value: node.kind === 'scalar' ? node.raw : '', origin: node.origin }
}

function isWithin(group: string, above: string, groups: Inventory['groups']): boolean {
  if (above === 'all') return group !== 'all'
  const children = groups.get(above)?.children ?? []
  return children.some((child) => child === group || isWithin(group, child, groups))
}
