import type { Diagnostic } from '../core/diagnostic.ts'
import { addChild, addHost, ancestorsOf, type Draft, type DraftGroup, type DraftHost } from './draft.ts'
import type { Group, Host } from './model.ts'

interface Finished {
  readonly hosts: ReadonlyMap<string, Host>
  readonly groups: ReadonlyMap<string, Group>
}

/** The draft brought into the shape Ansible gives it: every group below `all`, every host in a group or in `ungrouped`. */
export function finish(draft: Draft): Finished {
  for (const group of draft.groups.values()) {
    if (group.name !== 'all' && group.parents.size === 0) addChild(draft, { parent: 'all', child: group.name, origin: group.origin })
  }
  for (const host of draft.hosts.values()) settleUngrouped(draft, host)
  draft.warnings.push(...sharedNames(draft))
  const depths = depthsOf(draft)
  const groups = new Map([...draft.groups.values()].map((group) => [group.name, finished(group, depths.get(group.name) ?? 0)]))
  return { groups, hosts: hostsOf(draft, groups) }
}

function settleUngrouped(draft: Draft, host: DraftHost): void {
  const own = [...host.groups].filter((name) => name !== 'all' && name !== 'ungrouped')
  if (own.length > 0) {
    host.groups.delete('ungrouped')
    draft.groups.get('ungrouped')?.hosts.delete(host.name)
  } else addHost(draft, { name: host.name, origin: host.origin, group: 'ungrouped' })
}

function sharedNames(draft: Draft): readonly Diagnostic[] {
  return [...draft.hosts.values()].flatMap(({ name, origin }) => {
    const group = draft.groups.get(name)
    if (!group) return []
    const help = 'rename one of them, so that patterns say which is meant'
    const related = [{ message: 'the group', origin: group.origin }]
    return [{ code: 'shared-name', message: `\`${name}\` is a host and a group`, origin, help, related }]
  })
}

function finished({ name, origin, children, hosts, vars, priority }: DraftGroup, depth: number): Group {
  return { name, origin, children: [...children], hosts: [...hosts], depth, priority, vars }
}

/** The longest way from `all` to each group. Circles were refused before. */
function depthsOf(draft: Draft): ReadonlyMap<string, number> {
  const depths = new Map<string, number>()
  const depthOf = (name: string): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    const parents = [...(draft.groups.get(name)?.parents ?? [])]
    const depth = parents.length === 0 ? 0 : 1 + Math.max(...parents.map(depthOf))
    depths.set(name, depth)
    return depth
  }
  for (const name of draft.groups.keys()) depthOf(name)
  return depths
}

function hostsOf(draft: Draft, groups: ReadonlyMap<string, Group>): ReadonlyMap<string, Host> {
  // Most hosts share their groups with others, so the sorted list is made once for each combination.
  const lists = new Map<string, readonly string[]>()
  return new Map(
    [...draft.hosts.values()].map(({ name, origin, groups: own, vars }) => {
      const key = [...own].sort().join('\0')
      const list = lists.get(key) ?? sortedGroups(draft, { own, groups })
      lists.set(key, list)
      return [name, { name, origin, groups: list, vars }]
    }),
  )
}

interface Membership {
  readonly own: ReadonlySet<string>
  readonly groups: ReadonlyMap<string, Group>
}

function sortedGroups(draft: Draft, { own, groups }: Membership): readonly string[] {
  const names = new Set([...own].flatMap((name) => [name, ...ancestorsOf(draft, name)]))
  names.delete('all')
  return [...names]
    .map((name) => groups.get(name) as Group)
    .sort((a, b) => a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
}
