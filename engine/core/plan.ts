import type { Json, Value } from './json.ts'
import type { Module } from './module.ts'
import type { MapNode, Node } from './node.ts'
import type { Origin } from './origin.ts'
import type { ObjectSchema } from './params.ts'

/** The compiled playbooks, as data. Nothing in it depends on a host; values are rendered for each host when they are used. */
export interface Plan {
  readonly plays: readonly Play[]
  /** Folder of the project: where `roles/`, `playbooks/` and `.holdfast/` are. */
  readonly root: string
}

export interface Play {
  readonly name: string
  readonly origin: Origin
  /** It is the first play of a playbook that the call names: where an earlier playbook failed, this one is not begun. */
  readonly beginsPlaybook?: boolean
  /** The folder of its playbook: `group_vars/` beside it count, and so do its `files/` and `templates/`. */
  readonly folder: string
  readonly hosts: Node
  readonly order: 'inventory' | 'reverse_inventory' | 'sorted' | 'reverse_sorted'
  /** Sizes of the batches as written: numbers and percentages, still templates. Empty: one batch. */
  readonly serial: readonly Node[]
  readonly maxFailPercentage?: Node
  readonly anyErrorsFatal: boolean
  readonly gatherFacts: boolean
  readonly forceHandlers?: boolean
  readonly vars: readonly Layer[]
  /** The sections in order: pre_tasks, roles and tasks, post_tasks. Handlers are flushed after each. */
  readonly sections: readonly (readonly Step[])[]
  readonly handlers: readonly Task[]
  readonly roleCalls: readonly RoleCall[]
  readonly tags: readonly string[]
  /** How tasks without their own setting reach the host. */
  readonly become?: Become
  readonly connection: Connecting
}

/** Variables from one place, weakest first in every list of layers. */
export interface Layer {
  /** Where it ranks, as `explain` names it: `role defaults`, `play vars`, `task vars`. */
  readonly rank: Rank
  /** A map; its values may be templates. */
  readonly values: Node
}

/** Ansible's order of precedence, weakest first. */
export const RANKS = [
  'role defaults',
  'inventory group vars',
  'group_vars/all',
  'playbook group_vars/all',
  'group_vars',
  'playbook group_vars',
  'inventory host vars',
  'host_vars',
  'playbook host_vars',
  'facts',
  'play vars',
  'vars_files',
  'role vars',
  'block vars',
  'task vars',
  'include_vars',
  'set_fact and register',
  'role params',
  'include params',
  'extra vars',
  'magic',
] as const
export type Rank = (typeof RANKS)[number]

/** Variables that were rendered before, such as the item of a looped include. They are never rendered again. */
export interface GivenLayer {
  readonly rank: Rank
  readonly given: { readonly [name: string]: Value }
}

export interface Become {
  readonly enabled: boolean | Node
  readonly user?: Node
  readonly method?: Node
}

export interface Connecting {
  readonly remoteUser?: Node
  readonly port?: Node
  readonly connection?: Node
}

/** What a list of tasks holds once `import_*` and static roles are folded in. */
export type Step = Task | Block | Include

/** What every kind of step carries. Keywords of enclosing blocks, roles and plays are already folded in. */
export interface Keywords {
  /** Where it stands in the play: lists compare element by element, an include's children extend its own. */
  readonly position: readonly number[]
  /** As written, perhaps a template; the module's name if there was none. */
  readonly name: string
  /** Name of the role it came from. */
  readonly role?: RoleRef
  readonly origin: Origin
  /** The outermost condition first; all must hold. */
  readonly when: readonly Node[]
  readonly tags: readonly string[]
  /** The outermost layer first. */
  readonly vars: readonly (Layer | GivenLayer)[]
}

/** Keywords that a task takes from around it unless it says otherwise. */
export interface Settings {
  readonly ignoreErrors?: Node
  readonly ignoreUnreachable: boolean
  readonly noLog: boolean
  readonly checkMode?: boolean
  readonly diff?: boolean
  readonly become?: Become
  readonly connection: Connecting
  readonly delegateTo?: Node
  readonly delegateFacts: boolean
  readonly runOnce: boolean
  readonly anyErrorsFatal: boolean
  readonly environment: readonly Node[]
  /** Seconds before the task counts as failed. */
  readonly timeout?: Node
  readonly throttle?: Node
}

/** Everything a step takes from the play, roles, blocks and imports around it, folded. */
export interface Inherited extends Settings, Pick<Keywords, 'role' | 'when' | 'tags' | 'vars'> {
  readonly notify: readonly Node[]
  /** The folder of the playbook, where files are looked up after the role. */
  readonly folder: string
}

export interface RoleRef {
  readonly name: string
  /** Its folder: `files/` and `templates/` are looked up here first. */
  readonly folder: string
}

export interface Task extends Keywords, Settings {
  readonly kind: 'task'
  readonly module: Module
  /** The verb a handler calls instead of a state: `restarted`. */
  readonly action?: string
  /** The params as written, free form resolved. */
  readonly params: MapNode
  readonly loop?: Loop
  readonly register?: string
  readonly notify: readonly Node[]
  /** Handlers only: the topics it answers to besides its name. */
  readonly listen: readonly string[]
  readonly until: readonly Node[]
  readonly retries?: Node
  readonly delay?: Node
  readonly changedWhen: readonly Node[]
  readonly failedWhen: readonly Node[]
}

export interface Loop {
  readonly items: Node
  readonly variable: string
  readonly indexVariable?: string
  readonly label?: Node
  /** Seconds between items. */
  readonly pause?: Node
  readonly extended: boolean
  /** `with_items`: lists in the list are taken apart, one level deep. */
  readonly flatten: boolean
}

export interface Block extends Keywords {
  readonly kind: 'block'
  readonly tasks: readonly Step[]
  readonly rescue: readonly Step[]
  readonly always: readonly Step[]
}

/** `include_tasks`, `include_role`: what it holds is known when a host reaches it; `playbook/include.ts` expands it. */
export interface Include extends Keywords {
  readonly kind: 'include'
  readonly of: 'tasks' | 'role'
  readonly params: MapNode
  readonly loop?: Loop
  readonly runOnce: boolean
  readonly anyErrorsFatal: boolean
  readonly ignoreErrors?: Node
  /** What its children inherit: all from around the include, and of the include itself only `vars` and `apply`. */
  readonly inherited: Inherited
}

/** A use of a role that says which variables it takes; checked for each host before the run. */
export interface RoleCall extends Pick<Keywords, 'when' | 'tags' | 'vars' | 'origin'> {
  readonly role: RoleRef
  readonly accepts: RoleSchema
}

/** `params` for the form of `meta/argument_specs.yml`, `document` for a JSON Schema in `meta/arguments.schema.json`. */
export type RoleSchema =
  | { readonly kind: 'params'; readonly schema: ObjectSchema }
  | { readonly kind: 'document'; readonly schema: { readonly [keyword: string]: Json } }
