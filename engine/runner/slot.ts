import pLimit, { type LimitFunction } from 'p-limit'
import type { Task } from '../core/plan.ts'
import { render } from '../playbook/scope.ts'
import type { CrewOptions } from './crew.ts'
import type { Member } from './member.ts'

/** How many hosts may do this task at once: the forks of the run, and the task's own throttle. */
export function slot(
  task: Task,
  member: Member,
  {
    options,
    throttles,
  }: { readonly options: Pick<CrewOptions, 'play' | 'actors' | 'forks'>; readonly throttles: Map<Task, LimitFunction> },
): LimitFunction {
  if (!task.throttle) return options.forks
  const known = throttles.get(task)
  if (known) return known
  const scope = options.actors.get(member.name)?.variables.scope(options.play, task)
  if (!scope) throw new Error(`nobody plays ${member.name}`)
  const width = Number(render(task.throttle, scope)) || 1
  const limit = pLimit(Math.max(1, width))
  throttles.set(task, limit)
  return limit
}
