import type { Node } from '../core/node.ts'
import type { Play, Step, Task } from '../core/plan.ts'

/** Why a task cannot be looked at together with those before it. */
export interface Cut {
  readonly task: Task
  readonly why: string
}

/** Where the readings of a play are cut, and how many exchanges a host costs if nothing has to change. */
export interface RoundTrips {
  readonly cuts: readonly Cut[]
  readonly exchanges: number
}

/**
 * Follows the rules of the runner on a play whose hosts are all as declared: consecutive readings share an exchange, a task that
 * acts each time takes one of its own (the readings behind it ride along), and so does a task that hangs on an earlier result.
 */
export function roundTrips(play: Play): RoundTrips {
  const registered = new Map<string, Task>()
  const cuts: Cut[] = []
  let isOpen = false
  let exchanges = play.gatherFacts ? 1 : 0
  for (const task of play.sections.flat().flatMap(tasksIn)) {
    const why = whyCut(task, registered)
    if (task.module.kind !== 'control' && (why !== undefined || !isOpen)) exchanges += 1
    if (why !== undefined) cuts.push({ task, why })
    isOpen ||= task.module.kind !== 'control'
    if (task.register !== undefined) registered.set(task.register, task)
  }
  return { cuts, exchanges }
}

function tasksIn(step: Step): readonly Task[] {
  if (step.kind === 'task') return [step]
  // A rescue runs only after a failure, and what an include holds is known only on the way.
  return step.kind === 'block' ? [...step.tasks, ...step.always].flatMap(tasksIn) : []
}

function whyCut(task: Task, registered: ReadonlyMap<string, Task>): string | undefined {
  if (task.module.kind === 'command') return `\`${task.module.name}\` acts each time`
  if (task.runOnce) return 'it runs once for all hosts'
  if (task.delegateTo) return 'it is delegated'
  if (task.until.length > 0) return 'it is tried until it holds'
  const name = namesRead(task, registered)
  return name === undefined ? undefined : `it reads \`${name}\`, registered at line ${registered.get(name)?.origin.line}`
}

function namesRead({ when, params, loop, vars }: Task, registered: ReadonlyMap<string, Task>): string | undefined {
  const layers = vars.flatMap((layer) => ('values' in layer ? [layer.values] : []))
  const text = [...when, params, ...(loop ? [loop.items] : []), ...layers].map(textOf).join('\n')
  return [...registered.keys()].find((name) => new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(text))
}

function textOf(node: Node): string {
  if (node.kind === 'scalar') return typeof node.value === 'string' ? node.value : ''
  return (node.kind === 'list' ? node.items : node.entries.map(({ value }) => value)).map(textOf).join('\n')
}
