import type { Diagnostic } from '../core/diagnostic.ts'
import type { Plan, Step } from '../core/plan.ts'
import { didYouMean } from '../source/suggest.ts'

/** Tags that were asked for and that no step of the plan has. Only warnings: an include may bring them in later. */
export function unknownTags({ plays }: Plan, wanted: readonly string[]): readonly Diagnostic[] {
  const known = new Set(plays.flatMap((play) => [...play.tags, ...play.sections.flat().flatMap(tagsOf)]))
  const unknown = wanted.filter((tag) => !known.has(tag) && !SPECIAL.has(tag))
  return unknown.map((tag) => {
    const help = didYouMean(tag, [...known], 'tags')
    return { code: 'unknown-tag', message: `no task has the tag \`${tag}\``, ...(help !== undefined && { help }) }
  })
}

function tagsOf(step: Step): readonly string[] {
  return step.kind === 'block' ? [...step.tags, ...[...step.tasks, ...step.rescue, ...step.always].flatMap(tagsOf)] : step.tags
}

const SPECIAL = new Set(['always', 'never', 'all', 'tagged', 'untagged'])
