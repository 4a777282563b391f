import type { Inventory } from './model.ts'

/** The names of the hosts in a group and in all groups below it, each once: those it names itself first, then level by level. */
export function groupHosts(inventory: Inventory, name: string): readonly string[] {
  const known = cache.get(inventory) ?? new Map<string, readonly string[]>()
  cache.set(inventory, known)
  const hosts = known.get(name) ?? membersOf(inventory, name)
  known.set(name, hosts)
  return hosts
}

/** An inventory never changes, so its members are counted once. */
const cache = new WeakMap<Inventory, Map<string, readonly string[]>>()

function membersOf(inventory: Inventory, name: string): readonly string[] {
  const hosts = new Set<string>()
  const seen = new Set<string>()
  let level: readonly string[] = [name]
  while (level.length > 0) {
    for (const group of level) for (const host of inventory.groups.get(group)?.hosts ?? []) hosts.add(host)
    for (const group of level) seen.add(group)
    level = [...new Set(level.flatMap((group) => inventory.groups.get(group)?.children ?? []))].filter((child) => !seen.has(child))
  }
  return [...hosts]
}
