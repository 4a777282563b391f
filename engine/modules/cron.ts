import { Content } from '../core/content.ts'
import { Refusal, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { ACCOUNT_FORM, ACCOUNT_NAME } from './accounts.ts'
import { withJob, withVariable, withoutJob, withoutVariable } from './cron_text.ts'
import { problemsWhere } from './problems.ts'
import { writeSystemFile } from './system_file.ts'

const TIME = {
  type: 'string',
  default: '*',
  pattern: '^[^\\s]+$',
  form: 'write one field of cron, without spaces: `5`, `1,15`, `9-17`, `*/5`, `*`',
} as const

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      pattern: '^[^\\n]+$',
      form: 'write the name on one line',
      description: 'What the job is known by; with `env`, the name of the variable.',
    },
    job: { type: 'string', aliases: ['value'], description: 'The command; with `env`, the value.' },
    state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the job or variable should be there.' },
    user: {
      type: 'string',
      pattern: ACCOUNT_NAME,
      form: ACCOUNT_FORM,
      description: 'Whose job it is. Left out, that of the user the task runs as.',
    },
    cron_file: {
      type: 'string',
      description: 'A file for the whole system instead of the user’s own: a name in `/etc/cron.d`, or a path.',
    },
    minute: { ...TIME, description: 'Minute (0 to 59, `*`, `*/5`).' },
    hour: { ...TIME, description: 'Hour (0 to 23).' },
    day: { ...TIME, aliases: ['dom'], description: 'Day of the month (1 to 31).' },
    month: { ...TIME, description: 'Month (1 to 12).' },
    weekday: { ...TIME, aliases: ['dow'], description: 'Day of the week (0 to 6, from Sunday).' },
    special_time: {
      type: 'string',
      enum: ['annually', 'daily', 'hourly', 'monthly', 'reboot', 'weekly', 'yearly'],
      description: 'A time by its name, instead of the five fields.',
    },
    disabled: { type: 'boolean', default: false, description: 'Keep the job, as a comment.' },
    env: { type: 'boolean', default: false, description: 'Keep a variable for the jobs instead of a job.' },
    insertafter: { type: 'string', description: 'With `env`: put a new variable after this one.' },
    insertbefore: { type: 'string', description: 'With `env`: put a new variable before this one.' },
  },
} as const

type CronParams = Params<typeof schema>

interface CronState {
  readonly text: string
  readonly installed: boolean
}

export const cron = defineModule({
  kind: 'state',
  name: 'cron',
  summary: 'Keep a job of cron, or a variable for its jobs.',
  schema,
  examples: [
    {
      title: 'A snapshot every night',
      params: { name: 'snapshot', minute: '15', hour: '2', user: 'gaiad', job: '/usr/local/bin/snapshot' },
    },
    {
      title: 'Mail goes to the operators',
      params: { name: 'MAILTO', env: true, job: 'ops@example.org', cron_file: 'holdfast', user: 'root' },
    },
  ],
  notes: [
    'Jobs are marked by the line `#Ansible: NAME` above them, as Ansible does it, so both find each other’s jobs.',
    'A timer of systemd (`systemd_unit`) logs to the journal and catches up after a reboot; for new things it is the better choice.',
  ],
  problems: (params) => cronProblems(params),
  disrupts: () => false,
  reads: ({ cron_file, user }) => [
    ...(cron_file === undefined ? ['path:/var/spool/cron'] : [`path:${pathOf(cron_file)}`]),
    ...(user ? [`user:${user}`] : []),
  ],

  probe: ({ cron_file, user }) =>
    cron_file === undefined
      ? lines([
          sh`if command -v crontab >/dev/null; then echo installed; crontab ${owner(user)} -l 2>/dev/null || true; else echo none; fi`,
        ])
      : lines([sh`echo installed`, sh`[ ! -e ${pathOf(cron_file)} ] || cat -- ${pathOf(cron_file)}`]),
  parse: ({ stdout }): CronState => ({ installed: stdout.startsWith('installed\n'), text: stdout.slice(stdout.indexOf('\n') + 1) }),
  desired: (params, { text }) => ({ text: edited(text, params) }),
  converge: (current, desired, params) => [writeCron(current, desired.text ?? '', params)],
  describe: (current, desired, params) => [
    {
      what: `${params.env ? 'variable' : 'job'} ${params.name}`,
      to: params.state,
      text: { before: current.text, after: desired.text ?? '' },
    },
  ],
  result: ({ text }) => ({ jobs: [...text.matchAll(/^#Ansible: (.*)$/gm)].map(([, name = '']) => name) }),
})

function cronProblems({ name, job, state, user, cron_file, special_time, env, disabled, ...times }: CronParams): readonly string[] {
  const fields = [times.minute, times.hour, times.day, times.month, times.weekday]
  return problemsWhere(
    [state === 'present' && job === undefined, '`cron` needs `job`'],
    [job?.includes('\n') ?? false, '`job` must be one line: put the commands into a script'],
    [cron_file !== undefined && user === undefined && !env && state === 'present', '`cron_file` needs `user`: its jobs say who runs them'],
    [
      cron_file !== undefined && !/^(\/|[A-Za-z0-9_-]+$)/.test(cron_file),
      `cron passes over \`${cron_file}\`: use letters, digits, \`_\` and \`-\` only`,
    ],
    [
      special_time !== undefined && fields.some((field) => field !== '*'),
      '`special_time` takes the place of `minute`, `hour`, `day`, `month` and `weekday`',
    ],
    [env && !/^[A-Za-z_]\w*$/.test(name), `\`${name}\` cannot be the name of a variable`],
    [env && (disabled || special_time !== undefined), '`env` is a variable: it has neither time nor `disabled`'],
    [times.insertafter !== undefined && times.insertbefore !== undefined, '`insertafter` and `insertbefore` exclude each other'],
  )
}

function edited(text: string, params: CronParams): string {
  const { name, env, state, job = '' } = params
  if (state === 'absent') return env ? withoutVariable(text, name) : withoutJob(text, name)
  return env ? withVariable(text, { name, value: job }, params) : withJob(text, name, jobLine(params))
}

function jobLine({ minute, hour, day, month, weekday, special_time, cron_file, user, job = '', disabled }: CronParams): string {
  const time = special_time === undefined ? [minute, hour, day, month, weekday].join(' ') : `@${special_time}`
  const who = cron_file === undefined ? '' : `${user} `
  return `${disabled ? '#' : ''}${time} ${who}${job}`
}

function writeCron({ installed }: CronState, text: string, { cron_file, user }: CronParams): Script {
  if (!installed) throw new Refusal('there is no `crontab` on the host', 'install the package `cron` before this task')
  if (cron_file !== undefined) return text === '' ? sh`rm -f -- ${pathOf(cron_file)}` : writeSystemFile(pathOf(cron_file), text)
  return text === '' ? sh`crontab ${owner(user)} -r` : sh`${Content.of(text)} | crontab ${owner(user)} -`
}

function owner(user: string | undefined): readonly string[] {
  return user === undefined ? [] : ['-u', user]
}

function pathOf(file: string): string {
  return file.startsWith('/') ? file : `/etc/cron.d/${file}`
}
