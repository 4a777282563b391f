import type { Content } from './content.ts'
import type { Json } from './json.ts'
import type { ObjectSchema, Params } from './params.ts'
import type { Script } from './script.ts'
import type { Signing } from './signing_key.ts'

/**
 * Something on a host that a task looks at or changes: `path:/etc/hosts` (a directory stands for all below it),
 * `folder:/etc` (whether that directory is there, and nothing in it),
 * `package:nftables`, `unit:ssh.service`, `user:ana`, `group:adm`, `sysctl:net.ipv4.ip_forward`; `*` is everything.
 */
export type Resource = string

/**
 * The exit status by which a script of `converge` says that it gave up before it changed anything. What programs end with on their own
 * is smaller or from 125 on.
 */
export const UNTOUCHED = 117

/** What one script left behind on a host. */
export interface Output {
  readonly rc: number
  readonly stdout: string
  readonly stderr: string
}

/** What the engine hands to a module's functions besides the params. */
export interface Given {
  /** Content the module asked for through `sources`, under the same names. */
  readonly sources: { readonly [name: string]: Content }
  /** Whether someone will look at text differences, so that a probe need not print content for nobody. */
  readonly diff: boolean
}

/**
 * Content a task needs, brought by the engine under the name the module gave it. `file` and `template` are files of the
 * role or playbook, the latter rendered. `tree` may be a folder: then every file in it comes as `NAME/relative/path`, and
 * every folder in it as an empty `NAME/relative/path/`. `url` is fetched by the controller, and only when its bytes are
 * read; until then just its digest is known and its size is 0.
 */
export type Source =
  | {
      readonly kind: 'file' | 'template' | 'tree'
      readonly path: string
      /** The digest it must have; then it is one file and no folder. */
      readonly sha256?: string
    }
  | {
      readonly kind: 'url'
      readonly url: string
      readonly sha256: string
      readonly timeoutSeconds: number
      /** Where the detached signature of it is, and the public key, as text or as a file beside the task. */
      readonly signature?: { readonly url: string; readonly key: string }
    }

export interface Example<S extends ObjectSchema> {
  readonly title: string
  readonly params: Partial<Params<S>>
}

interface Declaration<S extends ObjectSchema> {
  readonly name: string
  /** One sentence: what it keeps or does. */
  readonly summary: string
  readonly schema: S
  readonly examples: readonly Example<S>[]
  /** Further sentences for the reference page: differences to Ansible, limits, what cannot be undone. */
  readonly notes?: readonly string[]
  /** The param that a plain string stands for: `command: uptime`. */
  readonly freeForm?: keyof S['properties'] & string
  /** Problems the schema cannot state, one sentence each: "`state: link` needs `src`". */
  readonly problems?: (params: Params<S>) => readonly string[]
  readonly sources?: (params: Params<S>) => { readonly [name: string]: Source }
  /** What its reading depends on; left out, everything. */
  readonly reads?: (params: Params<S>) => readonly Resource[]
  /** What its change may alter; left out, everything. */
  readonly touches?: (params: Params<S>) => readonly Resource[]
  /** Whether its change may take a program on the host down, if only for a moment; left out, yes where it touches everything. */
  readonly disrupts?: (params: Params<S>) => boolean
  /** What its change does with a key that signs for a validator; asked for by the guard against a second signer. */
  readonly signs?: (params: Params<S>) => Signing | undefined
}

/** A module that compares a state with the one asked for: nearly all of them. */
export interface StateModule<S extends ObjectSchema, State extends object> extends Declaration<S> {
  readonly kind: 'state'
  /** Looks, and changes nothing. Its exit status must be 0 unless looking itself failed. */
  readonly probe: (params: Params<S>, given: Given) => Script
  /** Reads what the probe printed. Throws a `Refusal` where the host is in a state the module must not touch. */
  readonly parse: (output: Output, params: Params<S>, given: Given) => State
  /** The fields that are asked for; a field left out is not managed. */
  readonly desired: (params: Params<S>, current: State, given: Given) => Partial<State>
  /** The folder without which it cannot be made so, and which is not there; an earlier task may be about to make it. */
  readonly lacks?: (current: State, params: Params<S>) => string | undefined
  /**
   * The scripts that change what differs, in order; the first that fails ends the task. Called only when something differs. One that
   * ends with `UNTOUCHED` has changed nothing.
   */
  readonly converge: (current: State, desired: Partial<State>, params: Params<S>, given: Given) => readonly Script[]
  /**
   * For changes that could cut the way to the host, such as a firewall. `converge` arms a timer on the host that brings the
   * old state back. Then the engine opens a new connection and runs this on it, which disarms the timer; after that it
   * probes again. If no new connection comes about, the host reverts by itself and the task fails. Undefined: nothing is armed.
   */
  readonly confirm?: (params: Params<S>, given: Given) => Script | undefined
  /** One line for each field that differs; left out, `field old → new`. */
  readonly describe?: (current: State, desired: Partial<State>, params: Params<S>, given: Given) => readonly Change[]
  /** Further keys of the registered result, from the state the host is in at the end (in check mode, the current one). */
  readonly result?: (state: State, params: Params<S>, before: Before<State>) => { readonly [key: string]: Json }
  /** Verbs that only handlers may call, by the value of the `state` param: `restarted`. */
  readonly actions?: { readonly [verb: string]: (params: Params<S>) => readonly Script[] }
}

/** What a result may mention of the time before the change: where the backup of the old content went. */
export interface Before<State extends object> {
  readonly current: State
  readonly desired: Partial<State>
  readonly given: Given
}

/** A module that does something each time it is called: `command`, `shell`, `wait_for`. */
export interface CommandModule<S extends ObjectSchema> extends Declaration<S> {
  readonly kind: 'command'
  readonly run: (params: Params<S>, given: Given) => Script
  /**
   * Says in check mode whether it would run, without running it; `outcome` reads what it prints. Left out, or where it gives
   * nothing, it would run, and what it would do is unknown.
   */
  readonly predict?: (params: Params<S>) => Script | undefined
  /** Whether it waits or asks and changes nothing, so that check mode need not mention it. Left out, it may change anything. */
  readonly onlyLooks?: (params: Params<S>) => boolean
  readonly outcome: (output: Output, params: Params<S>) => Outcome
}

/** A module that only reads: it runs in check mode too, and never reports a change. */
export interface QueryModule<S extends ObjectSchema> extends Declaration<S> {
  readonly kind: 'query'
  readonly run: (params: Params<S>, given: Given) => Script
  readonly outcome: (output: Output, params: Params<S>) => Outcome
}

/** A module the controller carries out itself: `debug`, `assert`, `set_fact`, `meta`. The runner knows how. */
export interface ControlModule<S extends ObjectSchema> extends Declaration<S> {
  readonly kind: 'control'
}

/** What a command or query came to. */
export interface Outcome {
  readonly failed: boolean
  readonly changed: boolean
  /** Why it failed, or what a person should know. */
  readonly message?: string
  /** Nothing was done, and why: `creates: /x exists`. */
  readonly skipped?: string
  /** Check mode: it would run, and `values` lack what only running it tells. */
  readonly pending?: true
  /** Keys of the registered result. */
  readonly values: { readonly [key: string]: Json }
  readonly changes?: readonly Change[]
  /**
   * Bytes for the controller's disk (`fetch`), base64: to `path`, or with `perHost` to `path/NAME OF THE HOST/perHost`. Both
   * come from the params, never from the host.
   */
  readonly save?: { readonly path: string; readonly perHost?: string; readonly base64: string }
}

/** One difference, as a person reads it. */
export interface Change {
  /** What changed, such as a path or `mode`. */
  readonly what: string
  readonly from?: string
  readonly to?: string
  /** Whole text before and after, for `--diff`. Left out where it is secret, binary or too long. */
  readonly text?: { readonly before: string; readonly after: string }
}

/** Thrown by a module's functions: the host or the params are in a state it will not touch. */
export class Refusal extends Error {
  readonly help: string | undefined
  /** Its name in docs/errors.md, where it has one of its own. */
  readonly code: string | undefined

  constructor(message: string, help?: string, { code }: { readonly code?: string } = {}) {
    super(message)
    this.name = 'Refusal'
    this.help = help
    this.code = code
  }
}

/** Any module, its params and state no longer known to the compiler. */
export type Module =
  | StateModule<ObjectSchema, Untyped>
  | CommandModule<ObjectSchema>
  | QueryModule<ObjectSchema>
  | ControlModule<ObjectSchema>

/** A state seen from outside its module. */
// biome-ignore lint/suspicious/noExplicitAny: the registry holds modules of different states in one list
type Untyped = Record<string, any>

/** Checks a declaration against the form of its kind, and forgets its types so that it fits into the registry. */
export function defineModule<const S extends ObjectSchema, State extends object = never>(
  module: StateModule<S, State> | CommandModule<S> | QueryModule<S> | ControlModule<S>,
): Module {
  return module as unknown as Module
}

/** Whether a change of one resource may alter the other. */
export function overlaps(a: Resource, b: Resource): boolean {
  if (a === '*' || b === '*' || a === b) return true
  // One file can have two paths when a directory on the way is a symlink; its own name is then the same in both.
  if (areBoth('folder:', a, b)) return lastName(a) === lastName(b)
  return areBoth('path:', a, b) && (isBelow(a, b) || isBelow(b, a) || lastName(a) === lastName(b))
}

function areBoth(kind: string, a: Resource, b: Resource): boolean {
  return a.startsWith(kind) && b.startsWith(kind)
}

function lastName(path: Resource): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function isBelow(path: Resource, directory: Resource): boolean {
  return path.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
}
