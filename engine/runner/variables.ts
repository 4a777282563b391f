import type { Value } from '../core/json.ts'
import type { Keywords, Layer, Play } from '../core/plan.ts'
import type { ScalarNode } from '../core/node.ts'
import type { Secret } from '../core/secret.ts'
import { createScope, type Scope, type ScopeLayer, type Values } from '../playbook/scope.ts'
import type { Facts } from './facts.ts'

/** What every host of a run shares, and what is asked of the inventory for one. */
export interface Sources {
  readonly inventoryLayers: (host: string, play: Play) => readonly Layer[]
  readonly extra: readonly Layer[]
  readonly magic: (host: string) => Values
  readonly open: (sealed: ScalarNode) => Secret
}

/** The variables of one host through a run: what documents say, and what the run has learned. */
export class Variables {
  readonly host: string
  readonly #sources: Sources
  #facts: Facts | undefined
  #learned: { readonly [name: string]: Value } = {}
  #included: readonly Layer[] = []
  #base: { readonly play: Play; readonly scope: Scope } | undefined

  constructor(host: string, sources: Sources) {
    this.host = host
    this.#sources = sources
  }

  /** Magic names stand for something else from here on. */
  forget(): void {
    this.#base = undefined
  }

  get facts(): Facts | undefined {
    return this.#facts
  }

  learnFacts(facts: Facts): void {
    this.#facts = { ...this.#facts, ...facts }
    this.#base = undefined
  }

  /** Keeps a registered result or what `set_fact` sets. */
  learn(values: { readonly [name: string]: Value }): void {
    this.#learned = { ...this.#learned, ...values }
    this.#base = undefined
  }

  /** The value a name was given in this run, for handing it to other hosts. */
  learned(name: string): Value | undefined {
    return this.#learned[name]
  }

  include(layer: Layer): void {
    this.#included = [...this.#included, layer]
    this.#base = undefined
  }

  /** The variables a task sees, strongest layers included. */
  scope(play: Play, task?: Pick<Keywords, 'vars'>, more: readonly ScopeLayer[] = []): Scope {
    if (this.#base?.play !== play)
      this.#base = { play, scope: createScope(this.#layers(play), { host: this.host, open: this.#sources.open }) }
    return this.#base.scope.with([...(task?.vars ?? []), ...more])
  }

  #layers(play: Play): readonly ScopeLayer[] {
    const { inventoryLayers, extra, magic } = this.#sources
    const facts = this.#facts ?? {}
    return [
      ...inventoryLayers(this.host, play),
      { rank: 'facts', given: this.#facts ? { facts, ansible_facts: facts } : {} },
      ...play.vars,
      ...this.#included,
      { rank: 'set_fact and register', given: this.#learned },
      ...extra,
      magic(this.host),
    ]
  }
}
