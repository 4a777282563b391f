import { type Entry, type Node, plain } from '../core/node.ts'
import type { Json } from '../core/json.ts'
import { hostLayers, mergedVars } from './layers.ts'
import type { Host, Inventory, VarsFolder } from './model.ts'

/** What `ansible-inventory --list` prints for the same files. */
export function renderList(inventory: Inventory, adjacent?: VarsFolder): Json {
  const groups = Object.fromEntries(
    reachable(inventory, 'all').flatMap((name) => {
      const { hosts = [], children = [] } = inventory.groups.get(name) ?? {}
      const shown = { ...(name !== 'all' && hosts.length > 0 && { hosts }), ...(children.length > 0 && { children }) }
      return Object.keys(shown).length > 0 ? [[name, shown] as const] : []
    }),
  )
  const hostvars = [...inventory.hosts.values()].flatMap((host) => {
    const vars = renderHost(inventory, host, adjacent)
    return Object.keys(vars).length > 0 ? [[host.name, vars] as const] : []
  })
  return { ...groups, _meta: { hostvars: Object.fromEntries(hostvars) } }
}

/** What `ansible-inventory --host NAME` prints: the vars of a host, merged and not rendered. */
export function renderHost(inventory: Inventory, host: Host, adjacent?: VarsFolder): { readonly [name: string]: Json } {
  const { entries } = mergedVars(hostLayers(inventory, host, adjacent))
  return Object.fromEntries(entries.filter(({ key }) => !INTERNAL.has(key)).map(({ key, value }) => [key, shown(value)]))
}

/** What `ansible-inventory --graph GROUP` prints. */
export function renderGraph(inventory: Inventory, group = 'all'): string {
  return graphLines(inventory, { name: group, depth: 0 }).join('\n')
}

/** Names that Ansible never shows, because they are its own. */
const INTERNAL = new Set([
  'ansible_diff_mode',
  'ansible_config_file',
  'ansible_facts',
  'ansible_forks',
  'ansible_inventory_sources',
  'ansible_limit',
  'ansible_playbook_python',
  'ansible_run_tags',
  'ansible_skip_tags',
  'ansible_verbosity',
  'ansible_version',
  'inventory_dir',
  'inventory_file',
  'inventory_hostname',
  'inventory_hostname_short',
  'groups',
  'group_names',
  'omit',
  'playbook_dir',
])

/** The plain value; a sealed one is named, since its text says nothing. */
function shown(node: Node): Json {
  if (node.kind === 'list') return node.items.map(shown)
  if (node.kind === 'map') return Object.fromEntries(node.entries.map(({ key, value }: Entry) => [key, shown(value)]))
  return node.tag === '!secret' ? '<secret>' : plain(node)
}

/** The group and all groups below it, each once. */
function reachable(inventory: Inventory, top: string): readonly string[] {
  const found = new Set<string>()
  const open = [top]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (!found.has(name)) open.push(...(inventory.groups.get(name)?.children ?? []))
    found.add(name)
  }
  return [...found]
}

interface Place {
  readonly name: string
  readonly depth: number
}

function graphLines(inventory: Inventory, { name, depth }: Place): readonly string[] {
  const { hosts = [], children = [] } = inventory.groups.get(name) ?? {}
  return [
    graphLine(`@${name}:`, depth),
    ...children.flatMap((child) => graphLines(inventory, { name: child, depth: depth + 1 })),
    ...(name === 'all' ? [] : hosts.map((host) => graphLine(host, depth + 1))),
  ]
}

function graphLine(text: string, depth: number): string {
  return depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`
}
