import { type Outcome, defineModule } from '../core/module.ts'

export const assert = defineModule({
  kind: 'control',
  name: 'assert',
  summary: 'Make sure that conditions hold before going on.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['that'],
    properties: {
      that: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'Conditions as in `when`, all of which must hold.' },
      fail_msg: { type: 'string', aliases: ['msg'], description: 'What to say if one does not hold.' },
      success_msg: { type: 'string', description: 'What to say if all hold.' },
      quiet: { type: 'boolean', default: false, description: 'Say nothing if all hold.' },
    },
  },
  examples: [
    {
      title: 'A cosigner set must have a quorum',
      params: { that: ['size(groups.cosigner) >= 3', 'threshold > size(groups.cosigner) / 2'], fail_msg: 'no quorum is possible' },
    },
  ],
  notes: ['All conditions are looked at, and every one that does not hold is named; Ansible names the first.'],
})

export interface Condition {
  readonly text: string
  readonly holds: boolean
}

/** What an `assert` comes to once its conditions are decided. */
export function assertOutcome(
  conditions: readonly Condition[],
  { fail_msg, success_msg, quiet = false }: { readonly fail_msg?: string; readonly success_msg?: string; readonly quiet?: boolean },
): Outcome {
  const broken = conditions.filter(({ holds }) => !holds).map(({ text }) => text)
  const [first] = broken
  if (first === undefined) {
    const said = success_msg ?? 'All assertions passed'
    return { failed: false, changed: false, ...(!quiet && { message: said }), values: { msg: said } }
  }
  const said = fail_msg ?? 'Assertion failed'
  const message = `${said}: ${broken.map((text) => `\`${text}\``).join(', ')} ${broken.length === 1 ? 'does' : 'do'} not hold`
  return { failed: true, changed: false, message, values: { assertion: first, evaluated_to: false, msg: said } }
}
