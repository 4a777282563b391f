import { defineModule } from '../core/module.ts'
import { sh } from '../core/script.ts'
import { expandable, splitCommand } from './command_line.ts'
import { COMMAND_NOTES, COMMAND_PARAMS, commandOutcome, guarded, inlineParamProblems, predicted } from './guarded_command.ts'

export const command = defineModule({
  kind: 'command',
  name: 'command',
  summary: 'Run a program with its arguments; no shell reads them.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      cmd: { type: 'string', description: 'The program and its arguments, split at spaces; quotes keep a part together.' },
      argv: {
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
        description: 'The same as a list, when the parts hold spaces or quotes.',
      },
      expand_argument_vars: {
        type: 'boolean',
        default: true,
        description: 'Whether `$NAME`, `${NAME}` and a leading `~` mean the variables and homes of the host.',
      },
      ...COMMAND_PARAMS,
    },
  },
  freeForm: 'cmd',
  examples: [
    { title: 'Ask the node for its version', params: { cmd: 'gaiad version --long' } },
    {
      title: 'Make a key once',
      params: { argv: ['openssl', 'genrsa', '-out', '/etc/ssl/private/a b.pem'], creates: '/etc/ssl/private/a b.pem' },
    },
  ],
  notes: [
    'Arguments can be seen by every user of the host while the command runs, so no secret may stand in them: use `stdin`.',
    ...COMMAND_NOTES,
  ],
  problems: ({ cmd, argv }) => {
    if ((cmd === undefined) === (argv === undefined)) return ['`command` needs either `cmd` or `argv`']
    if (cmd === undefined) return []
    try {
      return splitCommand(cmd).length === 0 ? ['`command` needs a program to run'] : inlineParamProblems(cmd)
    } catch {
      return [`\`${cmd}\` has a quote or backslash that is left open`]
    }
  },

  run: (params) => {
    const words = wordsOf(params)
    return guarded(params, sh`exec ${params.expand_argument_vars ? expandable(words) : words}`)
  },
  predict: predicted,
  outcome: (output, params) => commandOutcome(output, params, wordsOf(params)),
})

function wordsOf({ cmd, argv }: { readonly cmd?: string; readonly argv?: readonly string[] }): readonly string[] {
  return argv ?? splitCommand(cmd ?? '')
}
