import { showOrigin } from '../core/origin.ts'
import type { Include, Task } from '../core/plan.ts'
import type { End } from '../runner/lookahead.ts'

/** Where a host's latest round trip was made, and how far it looked ahead. */
export interface Last {
  readonly task: Task | undefined
  readonly user: string | undefined
  readonly opening: boolean
  readonly end: End | undefined
}

interface Anew {
  readonly task: Task
  readonly user: string | undefined
  readonly opening: boolean
  readonly before: Last
  readonly givers: ReadonlyMap<string, Task>
}

/** Why a round trip of its own was needed; undefined if it belongs to the one before. */
export function whyAnew({ task, user, opening, before, givers }: Anew): string | undefined {
  const who = user === undefined ? 'the login user' : `\`${user}\``
  if (opening) return `a shell is opened for ${who}`
  if (before.opening) return undefined
  if (before.task === task) return task.loop ? 'another item of its loop needs it' : 'it takes more than one'
  const acting = whyActing(task)
  if (acting !== undefined) return acting
  if (before.user !== user) return `it is done as ${who}`
  return whyEnded(task, before.end, givers)
}

function whyActing({ action, module }: Task): string | undefined {
  if (action !== undefined) return `\`${action}\` is done each time`
  return module.kind === 'command' ? `\`${module.name}\` is carried out each time` : undefined
}

function whyEnded(task: Task, end: End | undefined, givers: Anew['givers']): string {
  if (end === undefined) return 'what was read before may be out of date'
  return end.step === task ? whyItself(end, givers) : whyBehind(end, givers)
}

function whyItself({ why, what = '' }: End, givers: ReadonlyMap<string, Task>): string {
  if (why === 'waits') return `it waits for ${named(what, givers)}`
  if (why === 'alone') return KEYWORDS[what] ?? `it has \`${what}\``
  return 'what it needs is only known when its turn comes'
}

function whyBehind({ step, why, what = '' }: End, givers: ReadonlyMap<string, Task>): string {
  if (step.kind === 'flush') return 'handlers run before it'
  if (step.kind === 'gather') return 'the host is met before it'
  const label = labelOf(step)
  if (step.kind === 'include') return `what \`${label}\` includes is known only then`
  if (why === 'acts') return `\`${label}\` before it may change what it looks at`
  if (why === 'waits') return `\`${label}\` before it waits for ${named(what, givers)}`
  if (why === 'alone') return `nothing is looked at beyond \`${label}\`, which has \`${what}\``
  return `what \`${label}\` needs is only known when its turn comes`
}

const KEYWORDS: { readonly [keyword: string]: string } = {
  run_once: 'it runs once for all hosts',
  delegate_to: 'it is delegated',
  until: 'it is tried until it holds',
}

function named(name: string, givers: ReadonlyMap<string, Task>): string {
  const giver = givers.get(name)
  return giver ? `\`${name}\`, which ${showOrigin(giver.origin)} gives` : `\`${name}\``
}

/** A step as its reader knows it. */
export function labelOf({ role, name }: Pick<Task | Include, 'role' | 'name'>): string {
  return role ? `${role.name} : ${name}` : name
}
