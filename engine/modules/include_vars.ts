import { defineModule } from '../core/module.ts'

export const includeVars = defineModule({
  kind: 'control',
  name: 'include_vars',
  summary: 'Read variables from files of the role or playbook while the play runs.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      file: { type: 'string', format: 'source', description: 'One file; looked up in `vars/` of the role or beside the playbook.' },
      dir: { type: 'string', description: 'A folder whose files are all read, in the order of their names.' },
      name: {
        type: 'string',
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        form: 'use letters, digits and `_`, and begin with no digit',
        description: 'Put the variables under this one name instead of each under its own.',
      },
    },
  },
  freeForm: 'file',
  examples: [{ title: 'Variables by distribution', params: { file: '{{ facts.os_family }}.yml' } }],
  notes: ['Of `dir`, files named `*.yml`, `*.yaml` and `*.json` are read, folders below it too.'],
  problems: ({ file, dir }) => ((file === undefined) === (dir === undefined) ? ['`include_vars` needs either `file` or `dir`'] : []),
})
