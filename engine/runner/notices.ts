import type { Task } from '../core/plan.ts'
import { notified } from '../playbook/handlers.ts'
import { render, type Scope } from '../playbook/scope.ts'
import type { CrewOptions } from './crew_options.ts'

type Handlers = Pick<CrewOptions, 'handlers'>

/** The handlers that a change by the task notifies. */
export function notifiedBy(task: Task, scope: Scope, { handlers }: Handlers): readonly Task[] {
  if (task.notify.length === 0) return []
  const names = task.notify.flatMap((node) => render(node, scope))
  return notified(names.map(String), handlers)
}

/** The same for a task that could not be begun; none where not even that is known. */
export function notifiedIfKnown(task: Task, scope: Scope, options: Handlers): readonly Task[] {
  try {
    return notifiedBy(task, scope, options)
  } catch {
    return []
  }
}

/** Whether it runs only when notified. */
export function isHandler(task: Task, { handlers }: Handlers): boolean {
  return handlers.includes(task)
}
