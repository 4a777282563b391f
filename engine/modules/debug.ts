import { defineModule } from '../core/module.ts'

export const debug = defineModule({
  kind: 'control',
  name: 'debug',
  summary: 'Say something, or show the value of a variable.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      msg: { type: 'any', description: 'What to say. Left out together with `var`, it says `Hello world!`.' },
      var: { type: 'string', description: 'A variable or expression, without braces, whose value is shown.' },
      verbosity: { type: 'integer', minimum: 0, maximum: 5, default: 0, description: 'How many `-v` it takes before anything is said.' },
    },
  },
  examples: [
    { title: 'Say which release a host runs', params: { msg: '{{ inventory_hostname }} runs {{ release }}' } },
    { title: 'Look at a registered result', params: { var: 'status.stdout_lines' } },
  ],
  notes: ['A secret is shown by its name only, whatever is asked for.'],
  problems: ({ msg, var: variable }) => (msg !== undefined && variable !== undefined ? ['`debug` takes `msg` or `var`, not both'] : []),
})
