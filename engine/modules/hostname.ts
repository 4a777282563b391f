import { defineModule } from '../core/module.ts'
import { lines, sh } from '../core/script.ts'

interface HostnameState {
  /** What the host is called until it reboots. */
  readonly live: string
  /** What it is called from then on. */
  readonly stored: string
}

export const hostname = defineModule({
  kind: 'state',
  name: 'hostname',
  summary: 'Keep the name of a host, now and after the next boot.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: {
        type: 'string',
        pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$',
        form: 'use at most 64 letters, digits, dots and dashes; begin and end with a letter or digit',
        description: 'The name; at most 64 letters, digits, dots and dashes.',
      },
      use: {
        type: 'string',
        enum: ['systemd', 'debian', 'generic'],
        description: 'Accepted and without effect: `/etc/hostname` and the kernel are set, which is what all of these amount to.',
      },
    },
  },
  examples: [
    { title: 'The name from the inventory', params: { name: '{{ inventory_hostname }}' } },
    { title: 'A name with its domain', params: { name: 'sentry-1.example.org' } },
  ],
  notes: ['`/etc/hosts` is left as it is.'],
  reads: () => ['path:/etc/hostname', 'path:/proc/sys/kernel/hostname'],
  touches: () => ['path:/etc/hostname', 'path:/proc/sys/kernel/hostname'],

  probe: () => lines([sh`uname -n`, sh`[ ! -f /etc/hostname ] || { read -r name </etc/hostname; printf '%s\\n' "$name"; }`]),
  parse: ({ stdout }): HostnameState => {
    const [live = '', stored = ''] = stdout.split('\n')
    return { live, stored }
  },
  desired: ({ name }) => ({ live: name, stored: name }),
  converge: (current, _desired, { name }) => [
    ...(current.stored === name
      ? []
      : [
          sh`printf '%s\\n' ${name} >/etc/.hostname.holdfast && sync /etc/.hostname.holdfast && mv -fT -- /etc/.hostname.holdfast /etc/hostname`,
        ]),
    ...(current.live === name ? [] : [sh`printf '%s' ${name} >/proc/sys/kernel/hostname`]),
  ],
  describe: ({ live, stored }, _desired, { name }) => [
    ...(live === name ? [] : [{ what: 'hostname', from: live, to: name }]),
    ...(stored === name ? [] : [{ what: '/etc/hostname', from: stored || 'absent', to: name }]),
  ],
})
