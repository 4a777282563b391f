import type { ScalarNode } from '../core/node.ts'
import type { Keywords, Layer, Play } from '../core/plan.ts'
import type { Secret } from '../core/secret.ts'
import type { Facts } from '../facts/parse.ts'
import { Pending } from '../playbook/pending.ts'
import { createScope, type Scope } from '../playbook/scope.ts'
import type { ScopeLayer, Values } from '../playbook/scope_layer.ts'
import type { Term } from '../playbook/term.ts'
import type { Lesson } from './lesson.ts'

/** What every host of a run shares, and what is asked of the inventory for one. */
export interface Sources {
  readonly inventoryLayers: (host: string, play: Play) => readonly Layer[]
  readonly extra: readonly ScopeLayer[]
  readonly magic: (host: string) => Values
  readonly open: (sealed: ScalarNode) => Secret
}

/** The variables of one host through a run: what documents say, and what the run has learned. */
export class Variables {
  readonly host: string
  readonly #sources: Sources
  #facts: Facts | undefined
  #learned: Lesson = {}
  #isOpen = false
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
  learn(values: Lesson): void {
    this.#learned = { ...this.#learned, ...values }
    this.#base = undefined
  }

  /** From here on any name may have been given a value that check mode cannot know: one that nobody defined is `Pending`. */
  expectAnything(): void {
    this.#isOpen = true
    this.#base = undefined
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
      ...(this.#isOpen ? [ANYTHING] : []),
      ...inventoryLayers(this.host, play),
      { rank: 'facts', given: this.#facts ? { facts, ansible_facts: facts } : {} },
      ...play.vars,
      ...this.#included,
      ...layersOf(this.#learned),
      ...extra,
      magic(this.host),
    ]
  }
}

/** Weaker than all others, as it is asked last. How hosts are reached is asked for at every task, and need not be defined. */
const ANYTHING: ScopeLayer = { rank: 'role defaults', isComing: (name) => !name.startsWith('ansible_') }

function layersOf(learned: Lesson): readonly ScopeLayer[] {
  const isKnown = (entry: readonly [string, Term | Pending]): entry is [string, Term] => !(entry[1] instanceof Pending)
  return [
    { rank: 'set_fact and register', given: Object.fromEntries(Object.entries(learned).filter(isKnown)) },
    { rank: 'set_fact and register', isComing: (name) => Object.hasOwn(learned, name) && learned[name] instanceof Pending },
  ]
}
