import { defineModule } from '../core/module.ts'

export const setFact = defineModule({
  kind: 'control',
  name: 'set_fact',
  summary: 'Give a host variables that later tasks and plays of the run can read.',
  schema: {
    type: 'object',
    properties: {
      cacheable: {
        type: 'boolean',
        default: false,
        description: 'Accepted for the sake of existing playbooks; there is no cache of facts, so it changes nothing.',
      },
    },
    additionalProperties: { type: 'any', description: 'A variable and its value.' },
  },
  examples: [{ title: 'Remember the address others should dial', params: { p2p_address: '{{ facts.default_ipv4.address }}:26656' } }],
  problems: (params) => factNameProblems(params),
  notes: ['A string that is a single `{{ … }}` keeps the type of its value.', 'The variables end with the run.'],
})

/** What is wrong with the names of the variables, one sentence each. */
export function factNameProblems(params: { readonly [name: string]: unknown }): readonly string[] {
  const names = Object.keys(params).filter((name) => name !== 'cacheable')
  if (names.length === 0) return ['`set_fact` needs at least one variable']
  return names
    .filter((name) => !/^[A-Za-z_]\w*$/.test(name))
    .map((name) => `\`${name}\` cannot be the name of a variable: use letters, digits and \`_\``)
}
