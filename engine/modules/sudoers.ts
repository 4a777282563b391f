import { Content } from '../core/content.ts'
import { type Given, Refusal, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { lines, sh } from '../core/script.ts'
import { ACCOUNT_FORM } from './accounts.ts'
import { type PathOptions, probePath, readPath } from './path_probe.ts'
import { problemsWhere } from './problems.ts'
import { type FileState, convergeFile, desiredFile, fileChanges, newContent } from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_-]*$',
      form: 'use letters, digits, `_` and `-`; begin with no dash',
      description: 'Name of the file in `sudoers_path`. sudo passes over names with a dot.',
    },
    user: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_.-]*[$]?$', form: ACCOUNT_FORM, description: 'Who may.' },
    group: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_.-]*$', form: ACCOUNT_FORM, description: 'The group whose members may.' },
    commands: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      description: 'What they may run: full paths with their arguments, or `ALL`.',
    },
    nopassword: { type: 'boolean', default: true, description: 'Whether they may without giving their password.' },
    noexec: { type: 'boolean', default: false, description: 'Whether the commands are kept from running others.' },
    setenv: { type: 'boolean', default: false, description: 'Whether they may set the environment of the commands.' },
    host: { type: 'string', default: 'ALL', description: 'On which host.' },
    runas: { type: 'string', description: 'As whom, such as `postgres` or `ALL:ALL`. Left out, as root.' },
    defaults: {
      type: 'array',
      items: { type: 'string' },
      description: 'Further lines that begin with `Defaults`, written without that word: `use_pty`, `:deploy !log_input`.',
    },
    content: { type: 'string', description: 'The whole text of the file, for what the other params cannot say.' },
    state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the file should exist.' },
    sudoers_path: { type: 'string', format: 'path', default: '/etc/sudoers.d', description: 'The folder sudo reads.' },
  },
} as const

type SudoersParams = Params<typeof schema>

export const sudoers = defineModule({
  kind: 'state',
  name: 'sudoers',
  summary: 'Keep a file that says what users may do with sudo.',
  schema,
  examples: [
    {
      title: 'An allow-list for the automation',
      params: { name: 'automation', user: 'automation', commands: ['/usr/bin/systemctl restart gaiad.service'] },
    },
    { title: 'A log of everything', params: { name: 'logging', defaults: ['use_pty', 'logfile="/var/log/sudo.log"'] } },
  ],
  notes: [
    'The text is judged by `visudo` before it counts, so a mistake cannot lock anyone out. The file is owned by root, mode 0440.',
    'A comma in a command has to be escaped as sudo wants it: `\\,`. Wildcards in arguments match more than one would think; sudo’s manual warns of them.',
  ],
  problems: (params) => sudoersProblems(params),
  reads: (params) => [`path:${pathOf(params)}`],
  touches: (params) => [`path:${pathOf(params)}`],

  probe: (params, given) =>
    lines([probePath(pathOf(params), optionsOf(params, given)), sh`command -v visudo >/dev/null && echo visudo; true`]),
  parse: ({ stdout }, params, given): SudoersState => ({
    ...readPath(stdout, pathOf(params), optionsOf(params, given)),
    judged: /^visudo$/m.test(stdout),
  }),
  desired: (params, current): Partial<SudoersState> =>
    params.state === 'absent'
      ? { kind: 'absent' }
      : desiredFile({ mode: '0440', owner: 'root', group: 'root' }, current, contentOf(params)),
  converge: (current, desired, params) => {
    if (desired.kind === 'absent') return [sh`rm -f -- ${pathOf(params)}`]
    if (!current.judged)
      throw new Refusal('there is no `visudo` on the host to judge the text', 'install the package `sudo` before this task')
    return [convergeFile({ current, desired }, contentOf(params), { validate: 'visudo -cf %s' })]
  },
  describe: (current, desired, params) =>
    desired.kind === 'absent'
      ? [{ what: current.path, from: current.kind, to: 'absent' }]
      : fileChanges(current, desired, newContent(contentOf(params))),
  result: ({ kind, sha256 }, params) => ({ path: pathOf(params), state: kind, checksum: sha256 }),
})

interface SudoersState extends FileState {
  /** There is a `visudo` on the host. */
  readonly judged: boolean
}

function sudoersText({ content, defaults = [], user, group, commands = [], host, runas, ...tags }: SudoersParams): string {
  if (content !== undefined) return content.endsWith('\n') ? content : `${content}\n`
  const head = defaults.map((line) => `Defaults${/^[:@!>]/.test(line) ? '' : ' '}${line}`)
  const who = user ?? `%${group}`
  const as = runas === undefined ? '' : `(${runas})`
  const marks = [tags.noexec && 'NOEXEC:', tags.nopassword && 'NOPASSWD:', tags.setenv && 'SETENV:'].filter(Boolean).join('')
  const rule = commands.length === 0 ? [] : [`${who} ${host}=${as}${marks} ${commands.join(', ')}`]
  return `${[...head, ...rule].join('\n')}\n`
}

function contentOf(params: SudoersParams): Content {
  return Content.of(sudoersText(params))
}

function pathOf({ sudoers_path, name }: SudoersParams): string {
  return `${sudoers_path.replace(/\/+$/, '')}/${name}`
}

function optionsOf(params: SudoersParams, { diff }: Given): PathOptions {
  return { owner: 'root', group: 'root', ...(params.state === 'present' && { content: { wanted: contentOf(params), diff } }) }
}

function sudoersProblems({ user, group, commands, content, defaults, state, runas }: SudoersParams): readonly string[] {
  const lines = [...(commands ?? []), ...(defaults ?? []), runas ?? '']
  const rule = user !== undefined || group !== undefined || commands !== undefined
  return problemsWhere(
    [
      state === 'present' && !rule && content === undefined && defaults === undefined,
      '`sudoers` needs `commands` with `user` or `group`, `defaults`, or `content`',
    ],
    [content !== undefined && (rule || defaults !== undefined), '`content` is the whole text, so no other rule may be given'],
    [
      content === undefined && state === 'present' && rule && (user === undefined) === (group === undefined),
      '`sudoers` needs either `user` or `group`',
    ],
    [content === undefined && state === 'present' && rule && commands === undefined, '`sudoers` needs `commands`'],
    [lines.some((line) => line.includes('\n')), 'each of `commands` and `defaults` must be one line'],
  )
}
