import { defineModule } from '../core/module.ts'
import { COMMAND_NOTES, COMMAND_PARAMS, commandOutcome, guarded, inlineParamProblems, predicted } from './guarded_command.ts'
import { shellText } from './shell_text.ts'

export const shell = defineModule({
  kind: 'command',
  name: 'shell',
  summary: 'Run text in a shell, with pipes, variables and everything else a shell knows.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['cmd'],
    properties: {
      cmd: { type: 'string', description: 'What the shell is to run; several lines are allowed.' },
      executable: { type: 'string', format: 'path', default: '/bin/sh', description: 'Another shell, such as `/bin/bash`.' },
      ...COMMAND_PARAMS,
    },
  },
  freeForm: 'cmd',
  examples: [
    { title: 'Count the peers', params: { cmd: 'curl -s localhost:26657/net_info | grep -c node_info' } },
    {
      title: 'Use what only bash has',
      params: { cmd: 'set -o pipefail; zcat dump.gz | psql', executable: '/bin/bash', chdir: '/var/backups' },
    },
  ],
  notes: [
    'The text is given to the shell through a pipe and not as an argument. It still may hold no secret, because its commands would show it: use `stdin`.',
    'A value from a variable is not quoted for you; `command` needs no quoting.',
    ...COMMAND_NOTES,
  ],
  problems: ({ cmd }) => (cmd.trim() === '' ? ['`shell` needs text to run'] : inlineParamProblems(cmd)),

  run: (params) => guarded(params, shellText(params.cmd, params.executable)),
  predict: predicted,
  outcome: (output, params) => commandOutcome(output, params, params.cmd),
})
