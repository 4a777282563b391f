import { randomBytes } from 'node:crypto'
import type { Task } from '../core/plan.ts'
import { markOf, type NewNotes, type Note, noteName } from './notes.ts'

/** What a handler is remembered by: as written, so that it is the same for every task and host that speaks of it. */
export function owedName({ name, role }: Pick<Task, 'name' | 'role'>): string {
  return role ? `${role.name} : ${name}` : name
}

/** Handlers, and the task that notifies them. */
export interface Notice {
  readonly handlers: readonly string[]
  readonly by: string
}

interface Open extends Note {
  /** Which wrote it; left out for one that was found. */
  readonly shell?: string
}

/**
 * What one host owes as far as this run knows: the notes it was found to have, and those written since. Only what is on record is
 * ever struck off, so that nothing is said to a host for nothing.
 */
export class Owed {
  /** By name of the handler. */
  readonly #open = new Map<string, readonly Open[]>()
  /** Foretold in check mode. */
  readonly #foretold = new Set<string>()
  /** By file: which shell has to be told, if that is known, and those that have been. */
  readonly #released = new Map<string, { readonly shell: string | undefined; readonly told: Set<string> }>()
  readonly #run = randomBytes(6).toString('hex')
  #number = 0

  has(handler: string): boolean {
    return this.#open.has(handler)
  }

  /** The host was found to have these notes when it was met; gives the handlers of those that this run has not settled since. */
  found(notes: ReadonlyMap<string, readonly Note[]>): readonly string[] {
    return [...notes].flatMap(([handler, all]) => {
      const due = all.filter(({ file }) => !this.#released.has(file))
      if (due.length === 0 || this.#foretold.has(handler)) return []
      const known = this.#open.get(handler) ?? []
      this.#open.set(handler, [...known, ...due.filter(({ file }) => !known.some((one) => one.file === file))])
      return [handler]
    })
  }

  /** Check mode has said of it that it runs. It stays owed. */
  foretell(handler: string): void {
    this.#foretold.add(handler)
  }

  /** What the shell is about to note: always anew, as another run may be taking away what it saw of this one. */
  noted({ handlers, by }: Notice, shell: string): NewNotes {
    const mark = markOf(by)
    const written = handlers.map((handler) => {
      const known = this.#open.get(handler) ?? []
      const instead = known.filter((one) => one.by === mark && (one.shell === undefined || one.shell === shell))
      const file = noteName(handler, { run: this.#run, number: ++this.#number })
      const kept = known.filter((one) => one.shell === undefined || !instead.includes(one))
      this.#open.set(handler, [...kept, { file, by: mark, shell }])
      return { file, instead: instead.map((one) => one.file) }
    })
    return { files: written.map(({ file }) => file), by, instead: written.flatMap(({ instead }) => instead) }
  }

  /** These are not owed any more, or turned out never to have been. */
  release(handlers: readonly string[]): void {
    for (const handler of handlers) {
      for (const { file, shell } of this.#open.get(handler) ?? []) this.#released.set(file, { shell, told: new Set() })
      this.#open.delete(handler)
    }
  }

  /** The notes that the shell has to take away; asked again, it has none. */
  take(shell: string): readonly string[] {
    const due = this.due(shell)
    for (const file of due) this.#released.get(file)?.told.add(shell)
    return due
  }

  /** The notes that the shell has still to take away. */
  due(shell: string): readonly string[] {
    return [...this.#released].filter(([, one]) => !one.told.has(shell) && (one.shell ?? shell) === shell).map(([file]) => file)
  }
}
