import { defineModule } from '../core/module.ts'

export const fail = defineModule({
  kind: 'control',
  name: 'fail',
  summary: 'Fail on purpose, with a message; nearly always together with `when`.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { msg: { type: 'string', default: 'Failed as requested from task', description: 'Why this is a failure.' } },
  },
  examples: [{ title: 'Refuse a host that is too small', params: { msg: 'a validator needs 32 GB of memory' } }],
})
