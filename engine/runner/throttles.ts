import pLimit, { type LimitFunction } from 'p-limit'
import type { Task } from '../core/plan.ts'
import { numberOf } from '../playbook/keyword_value.ts'
import type { Scope } from '../playbook/scope.ts'

/** Runs work of one task on several hosts, as many at once as its `throttle` allows. Rejects a throttle that is no number. */
export class Throttles {
  readonly #limits = new Map<Task, LimitFunction>()

  async run<T>(task: Task, scope: Scope, work: () => Promise<T>): Promise<T> {
    if (!task.throttle) return await work()
    const limit = this.#limits.get(task) ?? pLimit(Math.max(1, Math.floor(numberOf(task.throttle, { keyword: 'throttle', scope }))))
    this.#limits.set(task, limit)
    return await limit(work)
  }
}
