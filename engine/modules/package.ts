import { Refusal, defineModule } from '../core/module.ts'
import { lines, sh } from '../core/script.ts'
import { aptProblems, describeApt } from './apt.ts'
import { changeApt } from './apt_change.ts'
import { desiredApt, readApt } from './apt_reading.ts'
import { type AptParams, type AptState, probeApt } from './apt_state.ts'

export const packageModule = defineModule({
  kind: 'state',
  name: 'package',
  summary: 'Keep packages installed or removed with whatever package manager the host has.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'array', aliases: ['pkg'], items: { type: 'string' }, minItems: 1, description: 'Packages.' },
      state: {
        type: 'string',
        enum: ['present', 'absent', 'latest'],
        default: 'present',
        description: 'Whether the packages should be there, and whether as the newest version on offer.',
      },
      use: { type: 'string', enum: ['auto', 'apt'], default: 'auto', description: 'The package manager; only `apt` is known so far.' },
    },
  },
  examples: [
    { title: 'What every host has', params: { name: ['curl', 'jq'] } },
    { title: 'What no host has', params: { name: ['telnetd'], state: 'absent' } },
  ],
  notes: ['On Debian, Ubuntu and their like this is `apt` with its defaults. Other hosts are refused.'],
  problems: (params) => aptProblems(aptParams(params)),
  reads: () => ['path:/var/lib/dpkg', 'path:/var/lib/apt', 'path:/etc/apt'],

  probe: (params) => lines([sh`command -v apt-get >/dev/null || { echo 'no apt'; exit 0; }`, probeApt(aptParams(params))]),
  parse: ({ stdout }, params): AptState => {
    if (stdout.startsWith('no apt'))
      throw new Refusal('this host has no `apt-get`, and `package` knows no other package manager', 'use `command` for other distributions')
    return readApt(stdout, aptParams(params))
  },
  desired: (params, current) => desiredApt(aptParams(params), current),
  converge: (current, desired, params) => changeApt(current, desired, aptParams(params)),
  describe: (current, desired) => describeApt(current, desired),
  result: ({ versions }) => ({ versions }),
})

function aptParams({ name, state }: Pick<AptParams, 'state'> & { readonly name: readonly string[] }): AptParams {
  return {
    name,
    state,
    upgrade: 'no',
    update_cache: false,
    cache_valid_time: 0,
    purge: false,
    autoremove: false,
    only_upgrade: false,
    allow_downgrade: false,
    allow_change_held_packages: false,
    dpkg_options: 'force-confdef,force-confold',
    lock_timeout: 60,
  }
}
