import type { Task } from '../core/plan.ts'
import type { Host } from '../session/host.ts'
import { parseOwed } from '../session/notes.ts'
import { owedName } from '../session/owed.ts'
import type { Lesson } from './lesson.ts'
import type { Variables } from './variables.ts'

/** One host in a run: the way to it, and what is known of it. */
export interface Actor {
  readonly name: string
  readonly host: Host
  readonly variables: Variables
  /** What each `run_once` task taught this host, to be handed to the others. */
  readonly lessons: Map<Task, Lesson>
  /** What the host said it owes, at first contact. */
  owed: string
}

/** The actor of a host that takes part. */
export function actorOf(name: string, actors: ReadonlyMap<string, Actor>): Actor {
  const actor = actors.get(name)
  if (!actor) throw new Error(`nobody plays ${name}`)
  return actor
}

/** A handler that a host was found to owe. */
export interface Found {
  readonly handler: Task
  /** The marks of the tasks that notified it, as far as they were noted. */
  readonly by: readonly string[]
}

/** The handlers among these that the host was found to owe from an earlier run, and still does. */
export function owedAmong(handlers: readonly Task[], { host, owed }: Actor): readonly Found[] {
  const notes = parseOwed(owed, handlers.map(owedName))
  const open = host.owed.found(notes)
  return handlers.flatMap((handler) => {
    const name = owedName(handler)
    const by = (notes.get(name) ?? []).flatMap((note) => note.by ?? [])
    return open.includes(name) ? [{ handler, by: [...new Set(by)] }] : []
  })
}
