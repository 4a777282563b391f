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
        description: 'Name of the parameter, such as `net.ipv4.ip_forward`.',
      },
      value: {
        type: 'string',
        aliases: ['val'],
        pattern: '^[^\\n]*$',
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

  // Reading a parameter costs the shell no process, so only the file does.
  probe: ({ name, sysctl_file }) =>
    lines([
      sh`if read -r live <${livePath(name)}; then printf 'live=%s\\n' "$live"; fi 2>/dev/null`,
      sh`grep -s -e ${linePattern(name)} -- ${sysctl_file} || true`,
    ]),
  parse: ({ stdout }): SysctlState => {
    const [first = '', ...rest] = stdout.split('\n').filter((line) => line !== '')
    const live = first.startsWith('live=') ? { live: oneSpaced(first.slice('live='.length)) } : {}
    const stored = 'live' in live ? rest : [first, ...rest].filter((line) => line !== '')
    const last = stored.at(-1)
    return { lines: stored.length, ...live, ...(last !== undefined && { stored: oneSpaced(last.slice(last.indexOf('=') + 1)) }) }
  },
  desired: ({ state, value = '', reload, sysctl_set, ignoreerrors }, current) => {
    if (state === 'absent') return { lines: 0 }
    const managed = (reload || sysctl_set) && !(ignoreerrors && current.live === undefined)
    return { stored: oneSpaced(value), lines: 1, ...(managed && { live: oneSpaced(value) }) }
  },
  converge: (current, desired, { name, value = '', state, sysctl_file, ignoreerrors }) => {
    if (desired.live !== undefined && current.live === undefined)
      throw new Refusal(`this kernel has no parameter \`${name}\``, 'set `ignoreerrors: true` if that is all right')
    const rewrite = current.lines !== desired.lines || (desired.stored !== undefined && desired.stored !== current.stored)
    const write = sh`printf '%s\\n' ${value} >${livePath(name)}`
    return [
      ...(rewrite ? [rewriteFile(sysctl_file, { name, line: state === 'absent' ? undefined : `${name}=${value}` })] : []),
      ...(desired.live !== undefined && desired.live !== current.live ? [ignoreerrors ? sh`${write} || true` : write] : []),
    ]
  },
  describe: (current, desired, { name, sysctl_file }) => [
    ...(current.lines === desired.lines && (desired.stored === undefined || current.stored === desired.stored)
      ? []
      : [{ what: `${name} in ${sysctl_file}`, from: current.stored ?? 'absent', to: desired.stored ?? 'absent' }]),
    ...(desired.live === undefined || desired.live === current.live
      ? []
      : [{ what: name, from: current.live ?? 'unknown', to: desired.live }]),
  ],
})

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
