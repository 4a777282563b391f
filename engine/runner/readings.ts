import { type Output, overlaps, type Resource } from '../core/module.ts'

/**
 * What probes found, kept until it may no longer be true. A reading taken ahead of its task is used only if nothing that ran
 * since could have touched what it read; so the result equals looking just before each task.
 */
export class Readings {
  readonly #taken = new Map<string, { readonly output: Output | Error; readonly reads: readonly Resource[] }>()

  /** The reading, or why it could not be had. */
  get(key: string): Output | Error | undefined {
    return this.#taken.get(key)?.output
  }

  put(key: string, reads: readonly Resource[], output: Output | Error): void {
    this.#taken.set(key, { output, reads })
  }

  /** Drops every reading that a change of these resources may have made stale. */
  touched(resources: readonly Resource[]): void {
    for (const [key, { reads }] of this.#taken) {
      if (reads.some((read) => resources.some((touched) => overlaps(read, touched)))) this.#taken.delete(key)
    }
  }

  clear(): void {
    this.#taken.clear()
  }
}
