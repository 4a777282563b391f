import type { Diagnostic } from '../core/diagnostic.ts'
import type { MapNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { Layer } from '../core/plan.ts'

/** Every host and group that the sources name. Values are as written: rendering is for later. */
export interface Inventory {
  /** As given, in order; later ones override earlier ones. */
  readonly sources: readonly Source[]
  /** In the order of their first mention. */
  readonly hosts: ReadonlyMap<string, Host>
  /** In the order of their first mention; `all` and `ungrouped` come first and always exist. */
  readonly groups: ReadonlyMap<string, Group>
  /** The `group_vars/` and `host_vars/` beside each source, weakest first. */
  readonly folders: readonly VarsFolder[]
  /** What a person should know although nothing is wrong enough to stop. */
  readonly warnings: readonly Diagnostic[]
}

export interface Source {
  /** As the user gave it: a path, or a list such as `a,b`. */
  readonly name: string
  /** Where its `group_vars/` and `host_vars/` are; a list of hosts has none. */
  readonly folder?: string
}

export interface Host {
  readonly name: string
  readonly origin: Origin
  /** The groups that hold it, directly or through others, without `all`: weakest first when their vars are merged. */
  readonly groups: readonly string[]
  /** What the sources say about it, a layer for each place, weakest first. */
  readonly vars: readonly MapNode[]
  /** Not in the inventory: `localhost`, selected by name, on the controller itself. */
  readonly implicit?: true
}

export interface Group {
  readonly name: string
  readonly origin: Origin
  readonly children: readonly string[]
  /** Those it names itself. */
  readonly hosts: readonly string[]
  /** Length of the longest way from `all`. */
  readonly depth: number
  /** `ansible_group_priority`: among groups of one depth the higher wins. */
  readonly priority: number
  readonly vars: readonly MapNode[]
}

/** The vars files of one folder, by the group or host they are for; files in the order in which they are merged. */
export interface VarsFolder {
  readonly path: string
  readonly groups: ReadonlyMap<string, readonly MapNode[]>
  readonly hosts: ReadonlyMap<string, readonly MapNode[]>
}

/** Vars of one host from one place. */
export interface HostLayer extends Layer {
  readonly values: MapNode
  /** The group through which they reach the host. */
  readonly group?: string
}
