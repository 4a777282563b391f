import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { namesGiven } from '../playbook/names_given.ts'
import { Pending } from '../playbook/pending.ts'
import type { Scope } from '../playbook/scope.ts'
import type { Actor } from './actor.ts'
import { type Lesson, type Mode, registeredTerm } from './lesson.ts'

interface Teaching {
  readonly actor: Actor
  readonly result: Result
  readonly mode: Mode
  readonly scope: Scope
  /** The folder of the playbook. */
  readonly folder: string
}

/** Keeps what the task taught: its registered result, and for `run_once` a copy for the others. */
export function teach(task: Task, { actor, result, mode, scope, folder }: Teaching): void {
  const isOpen = mode.check && result.pending === true
  const given = isOpen ? namesGiven(task, { scope, folder }) : []
  if (!given) actor.variables.expectAnything()
  const coming = Object.fromEntries((given ?? []).map((name) => [name, new Pending(name)]))
  const registered = task.register === undefined ? {} : { [task.register]: registeredTerm(task.register, result, mode) }
  const lesson = { ...coming, ...registered }
  actor.variables.learn(lesson)
  if (!task.runOnce) return
  const facts = task.module.name === 'set_fact' && !isOpen ? (result.registered['ansible_facts'] as Lesson) : {}
  actor.lessons.set(task, { ...facts, ...lesson })
}
