import type { Given, Module } from '../core/module.ts'
import type { Node, ScalarNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { Plan, Step, Task } from '../core/plan.ts'
import type { ObjectSchema, Params } from '../core/params.ts'
import { sh } from '../core/script.ts'
import { debug } from '../modules/debug.ts'

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
    module: asDeclared(task),
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
/** On a host that is as declared, assertions hold and `fail` is not reached. */
const SAYS_ONLY = new Set(['assert', 'debug', 'fail'])

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

type Untold = Params<ObjectSchema>

/** The module on a host where it finds what it would make. Params that are not known still give a look of their own. */
function asDeclared({ module, position }: Task): Module {
  if (module.kind === 'control') return SAYS_ONLY.has(module.name) ? (debug as Module) : module
  const own = sh`: ${`params not known ${position.join('.')}`}`
  const { sources, reads, touches } = module
  const common = {
    sources: (params: Untold) => attempt(() => sources?.(params) ?? {}, {}),
    ...(reads && { reads: (params: Untold) => attempt(() => reads(params), ['*']) }),
    ...(touches && { touches: (params: Untold) => attempt(() => touches(params), ['*']) }),
  }
  if (module.kind === 'state') {
    const { result: _, actions, ...rest } = module
    const verbs = Object.entries(actions ?? {}).map(([verb, act]) => [verb, (params: Untold) => attempt(() => act(params), [own])])
    return {
      ...rest,
      ...common,
      probe: (params: Untold, given: Given) => attempt(() => module.probe(params, given), own),
      parse: () => ({}),
      desired: () => ({}),
      actions: Object.fromEntries(verbs),
    } as Module
  }
  const run = (params: Untold, given: Given) => attempt(() => module.run(params, given), own)
  const outcome = (_: unknown, params: object) => ({ failed: false, changed: acts(module.name, params), values: {} })
  return { ...module, ...common, run, outcome } as Module
}

/** Whether a command counts as a change; where `creates` or `removes` is given, it has been carried out before. */
function acts(name: string, params: object): boolean {
  return COMMANDS.has(name) && !('creates' in params) && !('removes' in params)
}

/** Modules that run what they are given. */
export const COMMANDS: ReadonlySet<string> = new Set(['command', 'shell', 'raw', 'script'])

function attempt<T>(make: () => T, otherwise: T): T {
  try {
    return make()
  } catch {
    return otherwise
  }
}
