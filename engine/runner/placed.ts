import type { Owing, Place } from '../batch/owed.ts'
import type { Step, Task } from '../core/plan.ts'
import { notified } from '../playbook/handlers.ts'
import { markOf } from '../session/notes.ts'
import { owedName } from '../session/owed.ts'
import type { Found } from './actor.ts'

interface Among {
  readonly steps: readonly Step[]
  /** Of the play. */
  readonly handlers: readonly Task[]
}

/**
 * The handlers that a host owes, each behind the task among these steps that notified it, so that it runs where it would have run then: not
 * before what it relies on was made so. At the end if that task is not among them. Not those of a play with `check_mode: true`.
 */
export function placed(found: readonly Found[], { steps, handlers }: Among): readonly Owing[] {
  // What only looks, whatever the run does, cannot be what settles a debt.
  const due = found.filter(({ handler }) => handler.checkMode !== true)
  if (due.length === 0) return []
  const tasks = steps.flatMap(tasksOf)
  return due.map((one) => ({ handler: one.handler, behind: placeOf(one, tasks, handlers) }))
}

function placeOf({ handler, by }: Found, tasks: readonly Task[], handlers: readonly Task[]): Place {
  const isNoted = (task: Task): boolean => by.includes(markOf(owedName(task)))
  const notifying = tasks.filter((task) => leadTo(handler, task, handlers))
  const noted = notifying.find(isNoted) ?? tasks.find(isNoted)
  if (noted) return noted.position
  // A note that names no task, or a handler, leaves those that could have led to it.
  const mayBeAny = by.length === 0 || handlers.some(isNoted)
  return (mayBeAny ? notifying[0]?.position : undefined) ?? 'end'
}

/** Whether a change by the task notifies the handler, itself or by handlers between them. Names that are templates are not known yet. */
function leadTo(handler: Task, task: Task, handlers: readonly Task[]): boolean {
  const seen = new Set<Task>()
  for (let next: readonly Task[] = [task]; next.length > 0; ) {
    const names = next.flatMap(({ notify }) => notify.flatMap((node) => (node.kind === 'scalar' ? [node.raw] : [])))
    next = notified(names, handlers).filter((one) => !seen.has(one))
    for (const one of next) seen.add(one)
  }
  return seen.has(handler)
}

function tasksOf(step: Step): readonly Task[] {
  if (step.kind === 'block') return [...step.tasks, ...step.rescue, ...step.always].flatMap(tasksOf)
  return step.kind === 'task' ? [step] : []
}
