import { resolve } from 'node:path'
import type { ScalarNode } from '../core/node.ts'
import type { Layer, Play } from '../core/plan.ts'
import type { Secret } from '../core/secret.ts'
import { magicValues } from '../playbook/magic.ts'
import type { Scope } from '../playbook/scope.ts'
import type { ScopeLayer, Values } from '../playbook/scope_layer.ts'
import type { Term } from '../playbook/term.ts'
import type { Way } from '../guard/way.ts'
import { Host } from '../session/host.ts'
import type { Patience } from '../session/patience.ts'
import { connect } from '../transport/connect.ts'
import type { ConnectOptions } from '../transport/connect_options.ts'
import { createShared } from '../transport/shared.ts'
import type { Actor } from './actor.ts'
import type { ProxyEnvironment } from './proxy.ts'
import { type SourceOpener, SourceReader } from './sources.ts'
import { asRoot, type ReachDefaults, targetOf } from './target.ts'
import { Variables } from './variables.ts'

/** What a run needs of an inventory. */
export interface Roster {
  /** Every host, in inventory order. */
  readonly hosts: readonly string[]
  readonly groups: { readonly [group: string]: readonly string[] }
  readonly groupsOf: (host: string) => readonly string[]
  /** The variables that documents give a host, playbook-adjacent files of that folder included. */
  readonly layers: (host: string, playbookFolder: string) => readonly Layer[]
  /** The variable `fleet` of a host, where the inventory describes one. */
  readonly fleetOf?: (host: string, playbookFolder: string) => Term | undefined
  /** The folder of the inventory, for `inventory_dir`. */
  readonly folder?: string
}

export interface FleetOptions {
  readonly roster: Roster
  /** `-e`. */
  readonly extra: readonly ScopeLayer[]
  readonly open: (sealed: ScalarNode) => Secret
  /** Opens what is only met during the run. */
  readonly opener?: SourceOpener
  /** Of the controller: through which proxies it fetches. */
  readonly environment?: ProxyEnvironment
  readonly check: boolean
  readonly reach: ReachDefaults
  readonly connect: ConnectOptions
  readonly patience?: Patience
  /** How a host is met; left out, over a connection. */
  readonly meet?: (name: string) => Host
}

/** The hosts of a run: made when they are first needed, kept until the end, each with one connection. */
export class Fleet {
  readonly sources: SourceReader
  readonly #options: FleetOptions
  readonly #connect: ConnectOptions
  readonly #actors = new Map<string, Actor>()
  #play: { readonly play: Play; readonly all: readonly string[]; readonly batch: readonly string[] } | undefined

  constructor(options: FleetOptions) {
    this.#options = options
    this.sources = new SourceReader(options.opener, options.environment)
    this.#connect = { shared: createShared(), ...options.connect }
  }

  /** Which hosts `play_hosts` and its like name from here on. */
  begin(play: Play, { all, batch }: { readonly all: readonly string[]; readonly batch: readonly string[] }): void {
    this.#play = { play, all, batch }
    for (const { variables } of this.#actors.values()) variables.forget()
  }

  actor(name: string): Actor {
    const known = this.#actors.get(name)
    if (known) return known
    const variables = new Variables(name, {
      inventoryLayers: (host, play) => (this.#knows(host) ? this.#options.roster.layers(host, play.folder) : []),
      extra: this.#options.extra,
      magic: (host) => this.#magic(host),
      open: this.#options.open,
    })
    const { patience, meet } = this.#options
    const host = meet?.(name) ?? new Host(name, () => this.#reach(name, variables), { ...(patience && { patience }) })
    const actor = { name, variables, host, lessons: new Map(), owed: '' }
    this.#actors.set(name, actor)
    return actor
  }

  /** The host a task is delegated to; one the inventory does not know is reached by its name, `localhost` without ssh. */
  delegate(name: string): Actor {
    return this.actor(name)
  }

  /** A way to a host that is apart from that of its tasks, also to one that no play names. */
  way(name: string): Way {
    const { variables } = this.actor(name)
    return {
      connect: () => this.#reach(name, variables),
      root: () => {
        const { play } = this.#playing()
        return asRoot(play.become, variables.scope(play), this.#options.reach.becomePassword)
      },
    }
  }

  /** Round trips after the handshake, by host. */
  async roundTrips(): Promise<{ readonly [host: string]: number }> {
    const counts = await Promise.all([...this.#actors.values()].map(async ({ name, host }) => [name, await host.roundTrips()] as const))
    return Object.fromEntries(counts)
  }

  /** What was read of the hosts is not believed any more: time has passed. */
  forgetReadings(): void {
    for (const { host } of this.#actors.values()) host.readings.clear()
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#actors.values()].map(({ host }) => host.close()))
  }

  #knows(host: string): boolean {
    return this.#options.roster.hosts.includes(host)
  }

  #playing() {
    if (!this.#play) throw new Error('no play has begun')
    return this.#play
  }

  async #reach(name: string, variables: Variables): ReturnType<typeof connect> {
    const { reach } = this.#options
    const { play } = this.#playing()
    const scope = variables.scope(play)
    const local = !this.#knows(name) && LOCAL.has(name)
    return await connect(
      targetOf(name, scope, { defaults: local ? { ...reach, connection: 'local' } : reach, keyword: play.connection }),
      this.#connect,
    )
  }

  #magic(host: string): Values {
    const { roster, check } = this.#options
    const { play, all, batch } = this.#play ?? {}
    return magicValues({
      host,
      groups: roster.groups,
      groupNames: this.#knows(host) ? roster.groupsOf(host) : [],
      scopeOf: (other) => this.#scopeOf(other),
      playHosts: all ?? [],
      batch: batch ?? [],
      allPlayHosts: all ?? [],
      checkMode: check,
      playbookFolder: play ? resolve(play.folder) : '',
      ...(roster.folder !== undefined && { inventoryFolder: resolve(roster.folder) }),
      fleet: play && roster.fleetOf?.(host, play.folder),
      more: { ansible_play_name: play?.name ?? '' },
    })
  }

  #scopeOf(host: string): Scope | undefined {
    const play = this.#play?.play
    return play && (this.#knows(host) || this.#actors.has(host)) ? this.actor(host).variables.scope(play) : undefined
  }
}

const LOCAL = new Set(['localhost', '127.0.0.1', '::1'])
