import type { Script } from '../core/script.ts'
import { type As, keyOf } from './as.ts'
import { type LeftOver, leftOverOf, outlast } from './left_over.ts'

interface Left {
  readonly as: As
  readonly shell: LeftOver
}

/** The shells of one host whose connections were lost or given up, by how they were had. */
export class LeftOvers {
  #left: readonly Left[] = []

  /** How those were had that are to be ended rather than waited for. */
  get unwanted(): readonly As[] {
    return this.#left.filter(({ shell }) => shell.unwanted).map(({ as }) => as)
  }

  /** A shell that said so when it opened was left behind. */
  add(as: As, opened: string, { unwanted }: { readonly unwanted: boolean }): void {
    const shell = leftOverOf(opened, { unwanted })
    if (shell) this.#left = [...this.#left, { as, shell }]
  }

  /** Those that have ended once a new shell had so has opened: an unwanted one can only be ended by its own user. */
  awaitedBy(as: As): readonly Left[] {
    return this.#left.filter((one) => !one.shell.unwanted || keyOf(one.as) === keyOf(as))
  }

  /** What a new shell had so does before anything else. */
  outlasting(as: As, withinMs: number): readonly Script[] {
    return this.#left.map((one) => outlast(one.shell, { ends: keyOf(one.as) === keyOf(as), withinMs }))
  }

  remove(ended: readonly Left[]): void {
    this.#left = this.#left.filter((one) => !ended.includes(one))
  }
}
