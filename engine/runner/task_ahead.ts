import { type Job, type Look, lookOf } from '../converge/job.ts'
import { isSystemError } from '../converge/outcome.ts'
import { Rejected } from '../core/diagnostic.ts'
import { plain } from '../core/node.ts'
import type { Task } from '../core/plan.ts'
import { itemLayer, itemsOf } from '../playbook/loop_items.ts'
import { Pending, Unknown } from '../playbook/pending.ts'
import type { Scope } from '../playbook/scope.ts'
import type { Coming, ScopeLayer } from '../playbook/scope_layer.ts'
import { firstFalse } from '../playbook/when.ts'

/** How a task is made ready before its turn. */
export interface Readying {
  readonly scope: (task: Task, more: readonly ScopeLayer[]) => Scope
  readonly prepare: (task: Task, scope: Scope) => Promise<Job>
}

/** Why nothing can be looked at beyond a task. */
export interface Why {
  /**
   * `acts`: it may change anything. `alone`: by its keyword it runs by itself. `waits`: it hangs on a name that has no value yet. `later`: what
   * it holds is known once the host is there. `wrong`: it cannot be made ready now.
   */
  readonly why: 'acts' | 'alone' | 'waits' | 'later' | 'wrong'
  /** The name or the keyword. */
  readonly what?: string
}

/** What a task comes to as far as that is known now. */
export interface Foreseen {
  /** It does something to a host without looking first. In check mode nothing does, and what is skipped does not. */
  readonly acts: boolean
  readonly looks: readonly Look[]
}

/** What the task comes to, or why it cannot be said; `coming` are names that tasks before it will give a value. */
export async function foreseen(task: Task, coming: ReadonlySet<string>, readying: Readying): Promise<Foreseen | Why> {
  const layer: Coming = { rank: 'set_fact and register', isComing: (name) => coming.has(name) }
  const keyword = aloneBy(task)
  if (keyword !== undefined && keyword !== 'delegate_to') return { why: 'alone', what: keyword }
  try {
    const scopes = scopesOf(task, [layer], readying.scope).filter((one) => firstFalse(task.when, one) === undefined)
    // One that is left out goes nowhere.
    return keyword !== undefined && scopes.length > 0 ? { why: 'alone', what: keyword } : await comesTo(task, scopes, readying)
  } catch (error) {
    if (error instanceof Pending) return { why: 'waits', what: error.variable }
    if (error instanceof Unknown || error instanceof Rejected || isSystemError(error)) return { why: 'wrong' }
    throw error
  }
}

async function comesTo(task: Task, scopes: readonly Scope[], { prepare }: Readying): Promise<Foreseen> {
  const jobs = task.module.kind === 'control' ? [] : await Promise.all(scopes.map((one) => prepare(task, one)))
  const onlyLooks = jobs.length > 0 && jobs.every(({ check }) => check)
  const acts = scopes.length > 0 && !onlyLooks && !isTransparent(task)
  return { acts, looks: jobs.map(lookOf).filter((look) => look !== undefined) }
}

/** The keyword by which nothing is looked at for the task before its turn. */
function aloneBy({ runOnce, delegateTo, until }: Task): string | undefined {
  if (runOnce) return 'run_once'
  if (delegateTo) return 'delegate_to'
  return until.length > 0 ? 'until' : undefined
}

/** The variables of each item of its loop, or of the task itself. */
function scopesOf(task: Task, layers: readonly ScopeLayer[], scope: Readying['scope']): readonly Scope[] {
  const { loop } = task
  if (!loop) return [scope(task, layers)]
  return itemsOf(loop, scope(task, layers)).map((_, i, items) => scope(task, [...layers, itemLayer(loop, items, i)]))
}

const HARMLESS = new Set(['debug', 'assert', 'fail', 'set_fact'])

/** Whether looking beyond the task is of use: it looks first itself, or does nothing to a host. */
export function isTransparent({ module, action }: Task): boolean {
  if (module.kind === 'control') return HARMLESS.has(module.name)
  return !action && module.kind !== 'command'
}

/** The names that a task will give a value. */
export function namesGivenBy(task: Task): readonly string[] {
  const registered = task.register === undefined ? [] : [task.register]
  const facts = task.module.name === 'set_fact' ? Object.keys(plain(task.params) ?? {}) : []
  return [...registered, ...facts]
}
