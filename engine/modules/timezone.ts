import { defineModule } from '../core/module.ts'
import { sh } from '../core/script.ts'

interface TimezoneState {
  readonly name: string
}

export const timezone = defineModule({
  kind: 'state',
  name: 'timezone',
  summary: "Set the host's time zone.",
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: { name: { type: 'string', pattern: '^[A-Za-z0-9_+/-]+$', description: 'A zone of the tz database, such as `Etc/UTC`.' } },
  },
  examples: [{ title: 'Keep every host on UTC', params: { name: 'Etc/UTC' } }],
  reads: () => ['path:/etc/localtime', 'path:/etc/timezone'],
  touches: () => ['path:/etc/localtime', 'path:/etc/timezone'],

  probe: () => sh`readlink -f /etc/localtime`,
  parse: ({ stdout }): TimezoneState => ({ name: stdout.trim().replace(/^.*\/zoneinfo\//, '') }),
  desired: ({ name }) => ({ name }),
  converge: (_current, { name }) => [sh`timedatectl set-timezone ${name ?? ''}`],
})
