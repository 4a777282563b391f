import type { Met } from '../batch/crew.ts'
import type { Member } from '../batch/member.ts'
import { asResult } from '../converge/outcome.ts'
import { ok, unknown } from '../converge/results.ts'
import { Rejected } from '../core/diagnostic.ts'
import type { Result } from '../core/result.ts'
import { Pending } from '../playbook/pending.ts'
import { actorOf, owedAmong } from './actor.ts'
import type { CrewOptions } from './crew_options.ts'
import { hangsOn, rejected } from './not_begun.ts'
import { placed } from './placed.ts'
import { asOf } from './target.ts'

/** Meets a host: reads its facts, and which handlers it still owes from an earlier run. */
export async function gather(member: Member, options: CrewOptions): Promise<Met> {
  const { play, handlers, emit, becomePassword } = options
  const actor = actorOf(member.name, options.actors)
  try {
    const scope = actor.variables.scope(play)
    const { facts, owed } = await actor.host.greet(asOf(play.become, scope, becomePassword))
    if (play.gatherFacts) actor.variables.learnFacts(facts)
    actor.owed = owed
    return { result: ok(), owed: placed(owedAmong(handlers, actor), { steps: play.sections.flat(), handlers }) }
  } catch (error) {
    if (error instanceof Pending) actor.variables.expectAnything()
    const result = unmet(error)
    emit({
      kind: 'result',
      host: member.name,
      task: { label: 'first contact', module: 'setup', origin: play.origin, handler: false, noLog: false },
      result,
    })
    return { result, owed: [] }
  }
}

/** Why a host was not met. */
function unmet(error: unknown): Result {
  if (error instanceof Pending) return unknown(hangsOn(error))
  return error instanceof Rejected ? rejected(error) : asResult(error)
}
