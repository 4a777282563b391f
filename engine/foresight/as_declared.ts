import type { Node, ScalarNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { Plan, Step, Task } from '../core/plan.ts'
import { moduleAsDeclared, SAYS_ONLY } from './module_as_declared.ts'

/** What cannot be known of a host, answered so that it costs the fewest round trips or the most. */
export type Bound = 'least' | 'most'

/** Makes the steps of a plan those of a host that is as declared. The same step always gives the same one. */
export interface Declared {
  readonly plan: (plan: Plan) => Plan
  readonly steps: (steps: readonly Step[]) => readonly Step[]
  readonly task: (task: Task) => Task
  /** The task as it is written. */
  readonly original: (task: Task) => Task
  /** Conditions of tasks that end the play for a host: if they hold, it takes fewer round trips. */
  readonly ending: ReadonlySet<Node>
}

/** The steps of hosts on which nothing has to change and nothing fails; commands are still carried out. */
export function createDeclared(bound: Bound): Declared {
  const known = new WeakMap<Step, Step>()
  const lists = new WeakMap<readonly Step[], readonly Step[]>()
  const originals = new WeakMap<Step, Task>()
  const ending = new Set<Node>()
  const stepOf = (step: Step): Step => {
    const before = known.get(step)
    if (before) return before
    const made = declaredStep(step)
    known.set(step, made)
    if (step.kind === 'task') originals.set(made, step)
    return made
  }
  const declaredStep = (step: Step): Step => {
    if (step.kind === 'task') return taskAsDeclared(step, { bound, ending })
    return step.kind === 'block' ? blockOf(step) : step
  }
  const stepsOf = (steps: readonly Step[]): readonly Step[] => {
    const made = lists.get(steps) ?? steps.map(stepOf)
    lists.set(steps, made)
    return made
  }
  const blockOf = (block: Extract<Step, { kind: 'block' }>): Step => ({
    ...block,
    tasks: stepsOf(block.tasks),
    rescue: stepsOf(block.rescue),
    always: stepsOf(block.always),
  })
  const task = (one: Task): Task => stepOf(one) as Task
  const plan = ({ plays, ...rest }: Plan): Plan => ({
    ...rest,
    plays: plays.map((play) => ({ ...play, sections: play.sections.map(stepsOf), handlers: play.handlers.map(task) })),
  })
  return { plan, steps: stepsOf, task, ending, original: (made) => originals.get(made) ?? made }
}

interface Declaring {
  readonly bound: Bound
  readonly ending: Set<Node>
}

/** Nothing is waited for, tried again, refused or asked. */
function taskAsDeclared(task: Task, { bound, ending }: Declaring): Task {
  const { retries: _retries, delay: _delay, throttle: _throttle, ignoreErrors: _ignoreErrors, loop, ...rest } = task
  const isSettled = task.changedWhen.every(isBoolean)
  const steady: Task = {
    ...rest,
    ...(loop && { loop: withoutPause(loop) }),
    module: moduleAsDeclared(task),
    until: task.until.map(({ origin }) => literal(true, origin)),
    failedWhen: [],
    changedWhen: isSettled ? task.changedWhen : task.changedWhen.map(({ origin }) => literal(bound === 'most', origin)),
  }
  if (NOTHING_TO_WAIT_FOR.has(task.module.name)) return { ...steady, checkMode: true }
  if (SAYS_ONLY.has(task.module.name)) return { ...steady, params: { ...task.params, entries: [] } }
  return endsPlay(task) ? { ...steady, when: copied(task.when, ending) } : steady
}

/** Whether the result tells for certain if the task changed something. */
export function isBoolean(condition: Node): boolean {
  return condition.kind === 'scalar' && typeof condition.value === 'boolean'
}

function withoutPause({ pause: _, ...loop }: NonNullable<Task['loop']>): NonNullable<Task['loop']> {
  return loop
}

/** Carried out as in check mode. */
const NOTHING_TO_WAIT_FOR = new Set(['pause', 'reboot'])

function endsPlay({ module, params }: Task): boolean {
  return module.name === 'meta' && params.entries.some(({ value }) => value.kind === 'scalar' && value.raw.startsWith('end_'))
}

/** Conditions are shared by all tasks of a block; these must be told apart. */
function copied(conditions: readonly Node[], ending: Set<Node>): readonly Node[] {
  return conditions.map((condition) => {
    const own = { ...condition }
    ending.add(own)
    return own
  })
}

function literal(value: boolean, origin: Origin): ScalarNode {
  return { kind: 'scalar', value, raw: String(value), quoted: false, origin }
}
