import type { Step } from '../core/plan.ts'
import { comparePositions, type Flush } from './cursor.ts'

/** The sections one after the other, each with a flush behind the last step so far. */
export function withFlushes(sections: readonly (readonly Step[])[]): readonly (Step | Flush)[] {
  let last: readonly number[] = [-1]
  return sections.flatMap((section, i): readonly (Step | Flush)[] => {
    last = lastPosition(section, last)
    return [...section, { kind: 'flush', position: [...last, Number.MAX_SAFE_INTEGER, i], isLast: i === sections.length - 1 }]
  })
}

/** The greatest position among the steps and all they hold. */
function lastPosition(steps: readonly Step[], least: readonly number[]): readonly number[] {
  return steps.reduce((last, step) => {
    const inner = step.kind === 'block' ? lastPosition([...step.tasks, ...step.rescue, ...step.always], step.position) : step.position
    return comparePositions(inner, last) > 0 ? inner : last
  }, least)
}
