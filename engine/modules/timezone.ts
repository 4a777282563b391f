import { defineModule } from '../core/module.ts'
import { lines, sh } from '../core/script.ts'

interface TimezoneState {
  readonly name: string
  /** What `/etc/timezone` says, where a host has that file. */
  readonly file?: string
}

export const timezone = defineModule({
  kind: 'state',
  name: 'timezone',
  summary: "Set the host's time zone.",
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: {
        type: 'string',
        pattern: '^[A-Za-z0-9_+/-]+$',
        form: 'write a name such as `Etc/UTC`; `timedatectl list-timezones` lists them',
        description: 'A zone of the tz database, such as `Etc/UTC`.',
      },
    },
  },
  examples: [
    { title: 'Keep every host on UTC', params: { name: 'Etc/UTC' } },
    { title: 'The time of the operators', params: { name: 'Europe/Zurich' } },
  ],
  notes: ['The zone is changed by its link, so no `timedatectl` is needed. Programs that run keep the old zone until they start again.'],
  reads: () => ['path:/etc/localtime', 'path:/etc/timezone'],
  touches: () => ['path:/etc/localtime', 'path:/etc/timezone'],

  probe: () =>
    lines([sh`readlink /etc/localtime || echo`, sh`[ ! -f /etc/timezone ] || { read -r zone </etc/timezone; printf '%s\\n' "$zone"; }`]),
  parse: ({ stdout }): TimezoneState => {
    const [link = '', file] = stdout.split('\n')
    return {
      name: link.includes('/zoneinfo/') ? link.replace(/^.*\/zoneinfo\//, '') : '',
      ...(file !== undefined && stdout.split('\n').length > 2 && { file }),
    }
  },
  desired: ({ name }, { file }) => ({ name, ...(file !== undefined && { file: name }) }),
  converge: (current, _desired, { name }) => [
    sh`[ -f ${`/usr/share/zoneinfo/${name}`} ] || { printf '%s\\n' ${`the host knows no time zone ${name}: is its package tzdata installed?`} >&2; exit 1; }`,
    sh`ln -sfn -- ${`/usr/share/zoneinfo/${name}`} /etc/.localtime.holdfast && mv -fT -- /etc/.localtime.holdfast /etc/localtime`,
    ...(current.file === undefined
      ? []
      : [sh`printf '%s\\n' ${name} >/etc/.timezone.holdfast && mv -fT -- /etc/.timezone.holdfast /etc/timezone`]),
  ],
  describe: (current, _desired, { name }) => [{ what: 'time zone', from: current.name || 'unknown', to: name }],
})
