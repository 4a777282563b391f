import type { Step } from '../core/plan.ts'

/** The steps that `--tags` and `--skip-tags` leave, blocks with what is left in them. */
export function selectSteps(steps: readonly Step[], selects: (step: { readonly tags: readonly string[] }) => boolean): readonly Step[] {
  return steps.flatMap((step): readonly Step[] => {
    if (step.kind !== 'block') return selects(step) ? [step] : []
    const [tasks, rescue, always] = [step.tasks, step.rescue, step.always].map((list) => selectSteps(list, selects))
    return [{ ...step, tasks: tasks ?? [], rescue: rescue ?? [], always: always ?? [] }]
  })
}
