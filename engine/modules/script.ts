import type { Content } from '../core/content.ts'
import { Refusal, defineModule } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { splitCommand } from './command_line.ts'
import { COMMAND_NOTES, COMMAND_PARAMS, commandOutcome, guarded, predicted } from './guarded_command.ts'

const { stdin: _stdin, stdin_add_newline: _newline, strip_empty_ends: _strip, ...SCRIPT_PARAMS } = COMMAND_PARAMS

export const script = defineModule({
  kind: 'command',
  name: 'script',
  summary: 'Bring a script of the role or playbook to the host and run it there.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['cmd'],
    properties: {
      cmd: { type: 'string', description: 'The script, looked up in `files/`, and its arguments.' },
      executable: {
        type: 'string',
        description: 'The program that reads it, with its options. Left out, the one its first line names, else `/bin/sh`.',
      },
      ...SCRIPT_PARAMS,
    },
  },
  freeForm: 'cmd',
  examples: [
    { title: 'Prepare a disk once', params: { cmd: 'prepare_disk.sh /dev/nvme1n1', creates: '/data/.prepared' } },
    { title: 'A script in another language', params: { cmd: 'census.pl --short', executable: '/usr/bin/perl -w' } },
  ],
  notes: [
    'While it runs, the script stands in a folder of its own in the host’s temporary folder, readable by the user who runs it and nobody else. It is read and not executed, so a temporary folder mounted `noexec` is no obstacle.',
    'A script that came out of a sealed file is refused: it would have to lie on the host’s disk.',
    ...COMMAND_NOTES,
  ],
  problems: ({ cmd }) => {
    try {
      return splitCommand(cmd).length === 0 ? ['`script` needs a script to run'] : []
    } catch {
      return [`\`${cmd}\` has a quote or backslash that is left open`]
    }
  },
  sources: ({ cmd }) => ({ script: { kind: 'file', path: splitCommand(cmd)[0] ?? '' } }),

  run: (params, { sources }) => {
    const content = sources['script']
    if (!content || content.sensitive)
      throw new Refusal('a sealed script cannot be run', 'give the secret to it on standard input with `shell` and `stdin`')
    return guarded(params, runScript(content, params))
  },
  predict: predicted,
  outcome: (output, params) => commandOutcome(output, { ...params, strip_empty_ends: false }, splitCommand(params.cmd)),
})

function runScript(content: Content, { cmd, executable }: { readonly cmd: string; readonly executable?: string }): Script {
  const [, ...args] = splitCommand(cmd)
  const reader = executable === undefined ? interpreterOf(content) : splitCommand(executable)
  return lines([
    sh`d=$(mktemp -d "\${TMPDIR:-/tmp}/holdfast.XXXXXXXXXX") || exit 1`,
    sh`trap 'rm -rf -- "$d"' EXIT; trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM`,
    sh`${content} >"$d/script" || exit 1`,
    sh`${reader} "$d/script" ${args}`,
  ])
}

/** The words of the script's first line after `#!`. */
function interpreterOf({ bytes }: Content): readonly string[] {
  const [first = ''] = Buffer.from(bytes?.subarray(0, 256) ?? [])
    .toString()
    .split('\n')
  const words = first.startsWith('#!') ? first.slice(2).trim().split(/\s+/) : []
  return words.length === 0 ? ['/bin/sh'] : words
}
