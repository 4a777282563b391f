import { Refusal, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { problemsWhere } from './problems.ts'
import { livePath, oneSpaced, parameterIn, readParameters, relatives, setParameters, storeParameters } from './sysctl_script.ts'

const NAME = '^[A-Za-z0-9_][A-Za-z0-9_./:@-]*$'

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      aliases: ['key'],
      pattern: NAME,
      form: 'write the name of one parameter, without spaces: `net.ipv4.ip_forward`',
      description: 'Name of the parameter, such as `net.ipv4.ip_forward`.',
    },
    value: {
      type: 'string',
      aliases: ['val'],
      pattern: '^[^\\n]*$',
      form: 'write the value on one line',
      description: 'The value. Runs of spaces and tabs count as one space.',
    },
    values: {
      type: 'object',
      additionalProperties: { type: 'string', pattern: '^[^\\n]*$', form: 'write the value on one line' },
      description: 'Values by name, instead of `name` and `value`: all are kept in one go, in this order.',
    },
    state: {
      type: 'string',
      enum: ['present', 'absent'],
      default: 'present',
      description: 'Whether the file should have the parameter.',
    },
    sysctl_file: { type: 'string', format: 'path', default: '/etc/sysctl.d/zz-holdfast.conf', description: 'The file it is kept in.' },
    reload: { type: 'boolean', default: true, description: 'Whether the kernel should use the value now as well.' },
    sysctl_set: { type: 'boolean', default: false, description: 'The same as `reload: true`, which is what it amounts to.' },
    ignoreerrors: {
      type: 'boolean',
      default: false,
      description: 'Pass over parameters this kernel does not have, or does not let the host set.',
    },
  },
} as const

type SysctlParams = Params<typeof schema>

/**
 * By the name of a parameter what the kernel uses, unless it does not know it; by `storedIn` the value in the file, or how many lines
 * there are about it if not one; by `settable` whether the kernel would take another value.
 */
type SysctlState = { readonly [field: string]: string | number | boolean }

export const sysctl = defineModule({
  kind: 'state',
  name: 'sysctl',
  summary: 'Keep kernel parameters, now and after the next boot.',
  schema,
  examples: [
    { title: 'No redirects', params: { name: 'net.ipv4.conf.all.accept_redirects', value: '0' } },
    { title: 'A parameter that containers do not have', params: { name: 'net.core.default_qdisc', value: 'fq', ignoreerrors: true } },
    { title: 'Several at once', params: { values: { 'net.core.somaxconn': '8192', 'net.ipv4.tcp_rmem': '4096 131072 16777216' } } },
  ],
  notes: [
    'The file and the value the kernel uses are both compared, so a value that someone changed by hand is found. Ansible compares the file alone.',
    'The file is one of `/etc/sysctl.d`, because newer Debian releases no longer read `/etc/sysctl.conf`, where Ansible writes.',
    '`state: absent` leaves the value the kernel uses as it is.',
    '`values` is not known to Ansible, which needs a loop, and so an exchange with the host for each parameter.',
  ],
  problems: (params) => sysctlProblems(params),
  reads: (params) => [...namesOf(params).flatMap((name) => [`sysctl:${name}`, `path:${livePath(name)}`]), `path:${params.sysctl_file}`],
  touches: (params) => [
    ...new Set([...namesOf(params).flatMap((name) => [`sysctl:${name}`, relatives(name)]), `path:${params.sysctl_file}`]),
  ],
  disrupts: () => true,

  probe: (params) => readParameters(namesOf(params), params.sysctl_file),
  parse: (output, params): SysctlState =>
    Object.fromEntries(
      namesOf(params).flatMap((name): readonly (readonly [string, SysctlState[string]])[] => {
        const { live, stored, isSettable } = parameterIn(output, name)
        const [only = 0] = stored.length === 1 ? stored : [stored.length]
        return [...(live === undefined ? [] : [[name, live] as const]), [storedIn(name, params), only], [settable(name), isSettable]]
      }),
    ),
  desired: (params, current) => {
    if (params.state === 'absent') return Object.fromEntries(namesOf(params).map((name) => [storedIn(name, params), 0]))
    const isManaged = (name: string) => (params.reload || params.sysctl_set) && (!params.ignoreerrors || current[settable(name)] === true)
    return Object.fromEntries(
      parametersOf(params).flatMap(([name, value]) => [
        ...(isManaged(name) ? [[name, oneSpaced(value)] as const] : []),
        [storedIn(name, params), oneSpaced(value)],
      ]),
    )
  },
  converge: (current, desired, params) => {
    const unknown = namesOf(params).filter((name) => desired[name] !== undefined && current[name] === undefined)
    if (unknown.length > 0) {
      const named = unknown.map((name) => `\`${name}\``).join(', ')
      throw new Refusal(`this kernel has no parameter ${named}`, 'set `ignoreerrors: true` if that is all right')
    }
    const managed = parametersOf(params).filter(([name]) => desired[name] !== undefined)
    const unstored = parametersOf(params).filter(([name]) => differs(storedIn(name, params), current, desired))
    return [
      // A value the kernel refuses must not get into the file: it would be refused at each boot, too.
      ...(managed.some(([name]) => differs(name, current, desired)) ? [setParameters(managed)] : []),
      ...(unstored.length === 0
        ? []
        : [storeParameters(params.sysctl_file, params.state === 'absent' ? unstored.map(([name]) => [name, undefined]) : unstored)]),
    ]
  },
  describe: (current, desired, params) =>
    namesOf(params).flatMap((name) =>
      [storedIn(name, params), name].flatMap((field) =>
        differs(field, current, desired) ? [{ what: field, from: shown(current[field]), to: shown(desired[field]) }] : [],
      ),
    ),
})

/** What is asked for; a parameter that is to go has no value. */
function parametersOf({ name, value = '', values }: SysctlParams): readonly (readonly [name: string, value: string])[] {
  return values === undefined ? [[name ?? '', value]] : Object.entries(values)
}

function namesOf(params: SysctlParams): readonly string[] {
  return parametersOf(params).map(([name]) => name)
}

function storedIn(name: string, { sysctl_file }: SysctlParams): string {
  return `${name} in ${sysctl_file}`
}

function settable(name: string): string {
  return `${name} settable`
}

function differs(field: string, current: SysctlState, desired: Partial<SysctlState>): boolean {
  return desired[field] !== undefined && desired[field] !== current[field]
}

function shown(value: SysctlState[string] | undefined): string {
  if (value === undefined) return 'unknown'
  if (typeof value === 'number') return value === 0 ? 'absent' : `${value} lines`
  return String(value)
}

function sysctlProblems({ name, value, values, state }: SysctlParams): readonly string[] {
  const misspelt = Object.keys(values ?? {}).filter((key) => !new RegExp(NAME).test(key))
  return [
    ...problemsWhere(
      [(name === undefined) === (values === undefined), '`sysctl` needs either `name` or `values`'],
      [value !== undefined && values !== undefined, '`value` belongs to `name`; `values` has its own'],
      [state === 'present' && value === undefined && values === undefined, '`sysctl` needs `value`'],
    ),
    ...misspelt.map((key) => `\`${key}\` is no name of a parameter: write it without spaces, as in \`net.ipv4.ip_forward\``),
  ]
}
