import { type Resource, Refusal, defineModule } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { basicRegex } from './accounts.ts'

interface SysctlState {
  /** The value in the file; the last one counts. Absent: no line. */
  readonly stored?: string
  /** Lines about it in the file. */
  readonly lines: number
  /** What the kernel uses now. Absent: this kernel does not know the key. */
  readonly live?: string
  /** The kernel has the parameter and would take another value from this host. */
  readonly settable: boolean
}

export const sysctl = defineModule({
  kind: 'state',
  name: 'sysctl',
  summary: 'Keep a kernel parameter, now and after the next boot.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: {
        type: 'string',
        aliases: ['key'],
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_./:@-]*$',
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
  },
  examples: [
    { title: 'No redirects', params: { name: 'net.ipv4.conf.all.accept_redirects', value: '0' } },
    { title: 'A parameter that containers do not have', params: { name: 'net.core.default_qdisc', value: 'fq', ignoreerrors: true } },
  ],
  notes: [
    'The file and the value the kernel uses are both compared, so a value that someone changed by hand is found. Ansible compares the file alone.',
    'The file is one of `/etc/sysctl.d`, because newer Debian releases no longer read `/etc/sysctl.conf`, where Ansible writes.',
    '`state: absent` leaves the value the kernel uses as it is.',
  ],
  problems: ({ state, value }) => (state === 'present' && value === undefined ? ['`sysctl` needs `value`'] : []),
  reads: ({ name, sysctl_file }) => [`sysctl:${name}`, `path:${livePath(name)}`, `path:${sysctl_file}`],
  touches: ({ name, sysctl_file }) => [`sysctl:${name}`, relatives(name), `path:${sysctl_file}`],
  disrupts: () => true,

  probe: ({ name, sysctl_file }) =>
    lines([
      // The shell's own read takes a byte at a time, and of these files the kernel gives no second one.
      sh`if live=$(cat ${livePath(name)} 2>/dev/null); then printf 'live=%s\\n' "$live"; if [ -w ${livePath(name)} ]; then echo settable; fi; fi`,
      sh`grep -s -e ${linePattern(name)} -- ${sysctl_file} || true`,
    ]),
  parse: ({ stdout }): SysctlState => {
    const [, live, settable, rest = ''] = /^(?:live=(.*)\n)?(settable\n)?([\s\S]*)$/.exec(stdout) ?? []
    const stored = rest.split('\n').filter((line) => line !== '')
    const last = stored.at(-1)
    return {
      lines: stored.length,
      ...(last !== undefined && { stored: oneSpaced(last.slice(last.indexOf('=') + 1)) }),
      ...(live !== undefined && { live: oneSpaced(live) }),
      settable: settable !== undefined,
    }
  },
  desired: ({ state, value = '', reload, sysctl_set, ignoreerrors }, current) => {
    if (state === 'absent') return { lines: 0 }
    const managed = (reload || sysctl_set) && !(ignoreerrors && !current.settable)
    return { stored: oneSpaced(value), lines: 1, ...(managed && { live: oneSpaced(value) }) }
  },
  converge: (current, desired, { name, value = '', state, sysctl_file }) => {
    if (desired.live !== undefined && current.live === undefined) {
      throw new Refusal(`this kernel has no parameter \`${name}\``, 'set `ignoreerrors: true` if that is all right')
    }
    return [
      ...(isLive(current, desired)
        ? []
        : [
            // A value the kernel refuses must not get into the file: it would be refused at each boot, too.
            sh`{ printf '%s\\n' ${value} >${livePath(name)}; } 2>/dev/null || { printf '%s\\n' ${`the kernel does not take \`${value}\` for ${name}`} >&2; exit 1; }`,
          ]),
      ...(isStored(current, desired)
        ? []
        : [rewriteFile(sysctl_file, { name, line: state === 'absent' ? undefined : `${name}=${value}` })]),
    ]
  },
  describe: (current, desired, { name, sysctl_file }) => [
    ...(isStored(current, desired)
      ? []
      : [{ what: `${name} in ${sysctl_file}`, from: current.stored ?? 'absent', to: desired.stored ?? 'absent' }]),
    ...(isLive(current, desired) ? [] : [{ what: name, from: current.live ?? 'unknown', to: desired.live ?? '' }]),
  ],
})

function isStored(current: SysctlState, desired: Partial<SysctlState>): boolean {
  return current.lines === desired.lines && (desired.stored === undefined || desired.stored === current.stored)
}

function isLive(current: SysctlState, desired: Partial<SysctlState>): boolean {
  return desired.live === undefined || desired.live === current.live
}

/** Where the kernel shows a parameter: dots are slashes, unless the name already has slashes, and then its dots stay. */
export function livePath(name: string): string {
  const slashed = /^[^./]*\//.test(name)
  const path = slashed ? name : name.replace(/[./]/g, (sign) => (sign === '.' ? '/' : '.'))
  return `/proc/sys/${path}`
}

/** Setting one parameter of a family may set others: `all` sets each interface, a ratio clears the bytes. */
function relatives(name: string): Resource {
  const parts = livePath(name).slice('/proc/sys/'.length).split('/')
  return `path:/proc/sys/${parts.slice(0, parts[0] === 'net' ? 2 : 1).join('/')}`
}

function linePattern(name: string): string {
  const spelled = name.split(/[./]/).map(basicRegex).join('[./]')
  return `^[[:space:]]*-\\{0,1\\}[[:space:]]*${spelled}[[:space:]]*=`
}

function oneSpaced(value: string): string {
  return value.trim().replace(/[ \t]+/g, ' ')
}

function rewriteFile(path: string, { name, line }: { readonly name: string; readonly line: string | undefined }): Script {
  return lines([
    sh`file=$(readlink -f -- ${path}) && t=$(mktemp -- "$(dirname -- "$file")/.holdfast.XXXXXXXXXX") || exit 1`,
    sh`trap 'rm -f -- "$t"' EXIT; trap 'exit 1' HUP INT TERM`,
    sh`if [ -e "$file" ]; then grep -v -e ${linePattern(name)} -- "$file" >"$t" || [ $? = 1 ] || exit 1; fi`,
    ...(line === undefined ? [] : [sh`printf '%s\\n' ${line} >>"$t" || exit 1`]),
    sh`chmod 0644 -- "$t" && sync -- "$t" && mv -fT -- "$t" "$file"`,
  ])
}
