import type { Json } from '../core/json.ts'
import { type Change, type Given, type Output, Refusal, type StateModule } from '../core/module.ts'
import type { ObjectSchema } from '../core/params.ts'
import type { Result } from '../core/result.ts'
import type { Script } from '../core/script.ts'
import { understood } from '../session/understood.ts'
import { differing, plainChanges } from './differences.ts'
import type { Job } from './job.ts'
import { complaint, notConverged } from './outcome.ts'
import { changed } from './results.ts'

export type AnyStateModule = StateModule<ObjectSchema, Record<string, unknown>>

/** What a look at a host comes to. */
export interface Comparison {
  readonly before: Before
  readonly isSo: boolean
  readonly changes: readonly Change[]
  /** What makes it so; none in check mode. */
  readonly scripts: readonly Script[]
  /** What the module registers of the state it found. */
  readonly values: Values
}

interface Before {
  readonly current: Record<string, unknown>
  readonly desired: Record<string, unknown>
  readonly given: Given
}

type Values = { readonly [key: string]: Json } | undefined

/** Compares what a host shows with what the job asks for. Throws a `Refusal` where that cannot be done. */
export function compare(module: AnyStateModule, { params, given, check }: Job, looked: Output): Comparison {
  if (looked.rc !== 0) throw new Refusal(`could not look: ${complaint(looked)}`)
  return understood(module.name, () => {
    const current = module.parse(looked, params, given)
    const desired = module.desired(params, current, given)
    const before = { current, desired, given }
    const values = module.result?.(current, params, before)
    if (differing(current, desired).length === 0) return { before, isSo: true, changes: [], scripts: [], values }
    const changes = module.describe?.(current, desired, params, given) ?? plainChanges(current, desired)
    return { before, isSo: false, changes, scripts: check ? [] : module.converge(current, desired, params, given), values }
  })
}

/** What a change came to, by what a look after it found. */
export function verified(
  module: AnyStateModule,
  { params, given }: Job,
  { left, before, changes }: { readonly left: Output; readonly before: Before; readonly changes: readonly Change[] },
): Result {
  if (left.rc !== 0) throw new Refusal(`could not look: ${complaint(left)}`)
  return understood(module.name, () => {
    const state = module.parse(left, params, given)
    const wanted = module.desired(params, state, given)
    const still = differing(state, wanted)
    if (still.length > 0) return notConverged({ still, state, wanted, changes })
    return changed(changes, module.result?.(state, params, before))
  })
}
