import { reject } from '../core/diagnostic.ts'
import type { Plan, Step } from '../core/plan.ts'
import { startAt } from '../playbook/start_at.ts'
import { didYouMean } from '../source/suggest.ts'

/** The plan from the task named by `--start-at-task` on; without a name, all of it. Rejects a name that no task has. */
export function startingAt(plan: Plan, name: string | undefined): Plan {
  return name === undefined ? plan : (startAt(plan, name) ?? unknownTask(plan, name))
}

function unknownTask({ plays }: Plan, name: string): never {
  const names = [...new Set(plays.flatMap(({ sections }) => sections.flat().flatMap(namesIn)))]
  const help = didYouMean(name, names, 'tasks')
  return reject({ code: 'unknown-task', message: `no task is called \`${name}\``, ...(help !== undefined && { help }) })
}

function namesIn(step: Step): readonly string[] {
  return step.kind === 'block' ? step.tasks.flatMap(namesIn) : [step.name]
}
