import type { Plan, Step } from '../core/plan.ts'

/**
 * The plan from the first task whose name matches on, for `--start-at-task`; `*` and `?` stand for anything. Plays before it are
 * left out, facts are still read. Undefined if no task has such a name.
 */
export function startAt(plan: Plan, pattern: string): Plan | undefined {
  const matches = matcher(pattern)
  const index = plan.plays.findIndex(({ sections }) => sections.some((steps) => steps.some((step) => holds(step, matches))))
  const first = plan.plays[index]
  if (!first) return undefined
  const section = first.sections.findIndex((steps) => steps.some((step) => holds(step, matches)))
  const sections = first.sections.map((steps, i) => {
    if (i !== section) return i < section ? [] : steps
    return from(steps, matches)
  })
  return { ...plan, plays: [{ ...first, sections }, ...plan.plays.slice(index + 1)] }
}

type Matches = (step: Step) => boolean

function matcher(pattern: string): Matches {
  const expression = new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  )
  return ({ name, role }) => expression.test(name) || (role !== undefined && expression.test(`${role.name} : ${name}`))
}

function holds(step: Step, matches: Matches): boolean {
  if (step.kind !== 'block') return matches(step)
  return [...step.tasks, ...step.rescue, ...step.always].some((inner) => holds(inner, matches))
}

/** The steps from the one that matches on; a block that holds it keeps its rescue and always. */
function from(steps: readonly Step[], matches: Matches): readonly Step[] {
  const index = steps.findIndex((step) => holds(step, matches))
  const step = steps[index]
  if (step === undefined) return steps
  const rest = steps.slice(index + 1)
  return [
    step.kind === 'block' && step.tasks.some((inner) => holds(inner, matches)) ? { ...step, tasks: from(step.tasks, matches) } : step,
    ...rest,
  ]
}
