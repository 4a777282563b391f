import type { Held } from '../batch/crew.ts'
import { isRescued } from '../batch/cursor.ts'
import type { Member } from '../batch/member.ts'
import { skipped, unknown } from '../converge/results.ts'
import { Rejected } from '../core/diagnostic.ts'
import type { Include } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { Pending } from '../playbook/pending.ts'
import { checkRoleCall } from '../playbook/role_call.ts'
import { type Actor, actorOf, owedAmong } from './actor.ts'
import type { CrewOptions } from './crew_options.ts'
import { hangsOn, rejected } from './not_begun.ts'
import { placed } from './placed.ts'
import { labelOf } from './prepare.ts'
import { selectSteps } from './select.ts'

/** Reads what an include holds for a host; its handlers join those of the play. */
export async function expandInclude(include: Include, member: Member, options: CrewOptions): Promise<Held | Result> {
  const actor = actorOf(member.name, options.actors)
  const { variables } = actor
  const scope = variables.scope(options.play, include)
  try {
    const held = await options.sources.load(() => options.expander.expand(include, scope, options.handlers))
    if ('condition' in held) return skipped('Conditional result was False')
    for (const call of held.roleCalls) checkRoleCall(call, scope)
    options.handlers.push(...held.handlers.filter((handler) => !options.handlers.includes(handler)))
    for (const layer of held.publicVars) variables.include(layer)
    const found = owedAmong([...new Set([...member.owed.keys(), ...held.handlers])], actor)
    const owed = placed(found, { steps: held.steps, handlers: options.handlers })
    return { steps: selectSteps(held.steps, options.selects), owed }
  } catch (error) {
    const result = notHeld(error, actor)
    const rescued = result.status === 'failed' && isRescued(member.cursor)
    const task = { label: labelOf(include, scope), module: `include_${include.of}`, origin: include.origin, handler: false, noLog: false }
    options.emit({ kind: 'result', host: member.name, task, result, ...(rescued && { rescued }) })
    return result
  }
}

/** Why it cannot be had. In check mode, what it would have brought may be anything. */
function notHeld(error: unknown, { host, variables }: Actor): Result {
  if (error instanceof Rejected) return rejected(error)
  if (!(error instanceof Pending)) throw error
  variables.expectAnything()
  host.predicted.set('*', 'all')
  return unknown(hangsOn(error))
}
