import pLimit, { type LimitFunction } from 'p-limit'
import type { Task } from '../core/plan.ts'
import { numberOf } from '../playbook/keyword_value.ts'
import type { Scope } from '../playbook/scope.ts'

/** Runs work of one task on several hosts, as many at once as its `throttle` allows; 0 allows all, as in Ansible. Rejects what is no such number. */
export class Throttles {
  readonly #limits = new Map<Task, LimitFunction>()

  async run<T>(task: Task, scope: Scope, work: () => Promise<T>): Promise<T> {
    if (!task.throttle) return await work()
    const most = Math.ceil(numberOf(task.throttle, { keyword: 'throttle', scope }))
    if (most === 0) return await work()
    const limit = this.#limits.get(task) ?? pLimit(most)
    this.#limits.set(task, limit)
    return await limit(work)
  }
}
