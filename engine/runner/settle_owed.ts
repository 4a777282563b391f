import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { owedName } from '../session/owed.ts'
import type { Actor } from './actor.ts'
import type { Hands } from './crew_options.ts'
import { isHandler } from './notices.ts'
import { asOf } from './target.ts'

interface Settling {
  readonly actor: Actor
  readonly result: Result
  readonly due: readonly Task[]
  readonly owedBefore: ReadonlySet<string>
  readonly options: Hands
}

/**
 * What the host owes after the task: a change whose handlers could not be noted with it (made elsewhere, or seen only by
 * `changed_when`) is noted now; where nothing changed, nothing new is owed; a handler that has run is not owed. A failure may
 * have changed something, so what was noted before it stays.
 */
export async function settleOwed(task: Task, { actor, result, due, owedBefore, options }: Settling): Promise<void> {
  const { host } = actor
  const names = due.map(owedName)
  const unnoted = names.filter((name) => !host.owed.has(name))
  const well = result.status === 'ok' || result.status === 'skipped' || result.status === 'changed'
  if (result.status === 'ok' || result.status === 'skipped') host.owed.release(names.filter((name) => !owedBefore.has(name)))
  if (well && isHandler(task, options)) host.owed.release([owedName(task)])
  if (result.status !== 'changed' || unnoted.length === 0) return
  try {
    const as = asOf(options.play.become, actor.variables.scope(options.play), options.becomePassword)
    await host.remember(as, { handlers: unnoted, by: owedName(task) })
  } catch {
    // They run in this run anyway; only one cut short before them would not know of them.
  }
}
