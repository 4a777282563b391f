import { defineModule } from '../core/module.ts'
import { commandOutcome } from './guarded_command.ts'
import { isolated } from './isolated.ts'
import { lines, sh } from '../core/script.ts'
import { shellText } from './shell_text.ts'

export const raw = defineModule({
  kind: 'command',
  name: 'raw',
  summary: 'Run text in a shell, with none of the checks of `shell`.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['cmd'],
    properties: {
      cmd: { type: 'string', description: 'What the shell is to run.' },
      executable: { type: 'string', format: 'path', default: '/bin/sh', description: 'Another shell.' },
    },
  },
  freeForm: 'cmd',
  examples: [
    { title: 'Look at a device', params: { cmd: 'cat /proc/loadavg' } },
    { title: 'Something only another shell knows', params: { cmd: 'print -l $path', executable: '/usr/bin/zsh' } },
  ],
  notes: [
    'Holdfast needs no Python on a host, so there is little reason to prefer `raw` to `shell`. In check mode it is not run, and what it would do is unknown.',
  ],
  problems: ({ cmd }) => (cmd.trim() === '' ? ['`raw` needs text to run'] : []),
  run: ({ cmd, executable }) => lines([sh`echo ran`, isolated(shellText(cmd, executable))]),
  outcome: (output, { cmd }) => commandOutcome(output, { strip_empty_ends: false }, cmd),
})
