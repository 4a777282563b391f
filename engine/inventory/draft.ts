import type { Diagnostic } from '../core/diagnostic.ts'
import type { MapNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'

/** An inventory while its sources are read; what they say is kept in the order in which they say it. */
export interface Draft {
  readonly groups: Map<string, DraftGroup>
  readonly hosts: Map<string, DraftHost>
  readonly problems: Diagnostic[]
  readonly warnings: Diagnostic[]
}

export interface DraftGroup {
  readonly name: string
  readonly origin: Origin
  readonly children: Set<string>
  readonly parents: Set<string>
  readonly hosts: Set<string>
  readonly vars: MapNode[]
  priority: number
}

export interface DraftHost {
  readonly name: string
  readonly origin: Origin
  readonly groups: Set<string>
  readonly vars: MapNode[]
}

/** A draft that holds only `all` and, in it, `ungrouped`. */
export function newDraft(): Draft {
  const draft: Draft = { groups: new Map(), hosts: new Map(), problems: [], warnings: [] }
  const origin = { file: 'the inventory', line: 1, column: 1 }
  addGroup(draft, { name: 'all', origin })
  addGroup(draft, { name: 'ungrouped', origin })
  addChild(draft, { parent: 'all', child: 'ungrouped', origin })
  return draft
}

interface Named {
  readonly name: string
  readonly origin: Origin
}

/** The group of that name, new or known. */
export function addGroup(draft: Draft, { name, origin }: Named): DraftGroup {
  const known = draft.groups.get(name)
  if (known) return known
  const group = { name, origin, children: new Set<string>(), parents: new Set<string>(), hosts: new Set<string>(), vars: [], priority: 1 }
  draft.groups.set(name, group)
  return group
}

interface NamedHost extends Named {
  readonly group: string
  readonly port?: number
}

/** Puts a host, new or known, into a known group. As in Ansible, a port counts only where the host is first named. */
export function addHost(draft: Draft, { name, origin, group, port }: NamedHost): DraftHost {
  let host = draft.hosts.get(name)
  if (!host) {
    if (UNFIT.test(name)) draft.problems.push(unfitName(name, origin))
    host = { name, origin, groups: new Set(), vars: port === undefined ? [] : [portVars(port, origin)] }
    draft.hosts.set(name, host)
  } else if (port !== undefined) draft.warnings.push(ignoredPort(host, { port, origin }))
  draft.groups.get(group)?.hosts.add(name)
  host.groups.add(group)
  return host
}

/** Nothing, spaces, characters that cannot be seen, and ways to another folder; the name stands in output, in paths and in addresses. */
const UNFIT = /^\.?$|(?:^|\/)\.\.(?:\/|$)|[\s\p{Cc}\p{Cf}]/u

function unfitName(name: string, origin: Origin): Diagnostic {
  const help = 'name it without spaces, `..` and control characters; `ansible_host` may say where it is reached'
  return { code: 'bad-host', message: `\`${name}\` cannot be the name of a host`, origin, help }
}

interface Kinship {
  readonly parent: string
  readonly child: string
  readonly origin: Origin
}

/** Makes one known group a child of another; a circle is a problem. */
export function addChild(draft: Draft, { parent, child, origin }: Kinship): void {
  const [above, below] = [draft.groups.get(parent), draft.groups.get(child)]
  if (!above || !below || above.children.has(child)) return
  if (parent === child || ancestorsOf(draft, parent).has(child)) {
    const message =
      parent === child ? `the group \`${parent}\` is its own child` : `the groups \`${parent}\` and \`${child}\` contain each other`
    draft.problems.push({ code: 'group-circle', message, origin, help: `remove \`${child}\` from the children of \`${parent}\`` })
    return
  }
  above.children.add(child)
  below.parents.add(parent)
}

/** Adds vars to a group; a priority among them is taken out, because it is no variable. */
export function addGroupVars(draft: Draft, group: DraftGroup, vars: MapNode): void {
  const priority = vars.entries.find(({ key }) => key === PRIORITY)
  if (!priority) {
    if (vars.entries.length > 0) group.vars.push(vars)
    return
  }
  const number = priority.value.kind === 'scalar' ? Number(priority.value.value) : Number.NaN
  if (Number.isInteger(number)) group.priority = number
  else {
    const help = 'write a whole number; the higher one wins among groups of the same depth'
    draft.problems.push({ code: 'bad-value', message: `\`${PRIORITY}\` must be a whole number`, origin: priority.value.origin, help })
  }
  const entries = vars.entries.filter(({ key }) => key !== PRIORITY)
  if (entries.length > 0) group.vars.push({ ...vars, entries })
}

const PRIORITY = 'ansible_group_priority'

/** All groups above a group. */
export function ancestorsOf(draft: Draft, name: string): ReadonlySet<string> {
  const found = new Set<string>()
  const open = [name]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const parent of draft.groups.get(next)?.parents ?? []) {
      if (!found.has(parent)) open.push(parent)
      found.add(parent)
    }
  }
  return found
}

function portVars(port: number, origin: Origin): MapNode {
  const value = { kind: 'scalar', value: port, raw: String(port), quoted: false, origin } as const
  return { kind: 'map', entries: [{ key: 'ansible_port', keyOrigin: origin, value }], origin }
}

function ignoredPort(host: DraftHost, { port, origin }: { readonly port: number; readonly origin: Origin }): Diagnostic {
  return {
    code: 'ignored-port',
    message: `the port ${port} is ignored, because \`${host.name}\` was named before`,
    origin,
    help: 'set `ansible_port` instead',
    related: [{ message: 'first named here', origin: host.origin }],
  }
}
