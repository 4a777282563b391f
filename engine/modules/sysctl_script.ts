import type { Output, Resource } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { basicRegex } from './accounts.ts'

/** What a host says about one parameter. */
export interface Parameter {
  /** The values that lines of the file give it, in order. */
  readonly stored: readonly string[]
  /** What the kernel uses now. Absent: this kernel does not know the key. */
  readonly live?: string
  /** The kernel has the parameter and would take another value from this host. */
  readonly isSettable: boolean
}

/** Where the kernel shows a parameter: dots are slashes, unless the name already has slashes, and then its dots stay. */
export function livePath(name: string): string {
  const slashed = /^[^./]*\//.test(name)
  const path = slashed ? name : name.replace(/[./]/g, (sign) => (sign === '.' ? '/' : '.'))
  return `/proc/sys/${path}`
}

/** What setting a parameter may alter: one of a family may set others, as `all` sets each interface, and a ratio clears the bytes. */
export function relatives(name: string): Resource {
  const parts = livePath(name).slice('/proc/sys/'.length).split('/')
  return `path:/proc/sys/${parts.slice(0, parts[0] === 'net' ? 2 : 1).join('/')}`
}

/** A value in one spelling: the kernel writes tabs where people write spaces. */
export function oneSpaced(value: string): string {
  return value.trim().replace(/[ \t]+/g, ' ')
}

/** Reads parameters from the kernel and from a file, all in one look. */
export function readParameters(names: readonly string[], file: string): Script {
  if (names.length === 0) return sh`true`
  const paths = names.map(livePath)
  return lines([
    // The shell's own read takes a byte at a time, and of these files the kernel gives no second one.
    sh`grep -sH -e '' -- ${paths}`,
    sh`for path in ${paths}; do if [ -w "$path" ]; then printf 'settable %s\\n' "$path"; fi; done`,
    sh`echo stored`,
    sh`grep -s ${patterns(names)} -- ${file} || true`,
  ])
}

/** What `readParameters` printed about a parameter. */
export function parameterIn({ stdout }: Output, name: string): Parameter {
  const [, kernel = '', file = ''] = /^((?:.*\n)*?)stored\n([\s\S]*)$/.exec(stdout) ?? []
  const path = livePath(name)
  const said = kernel.split('\n')
  const live = said.find((line) => line.startsWith(`${path}:`))
  const pattern = new RegExp(`^\\s*-?\\s*${spelled(name, (part) => part.replace(/[\\.*[\]^$+?(){}|]/g, '\\$&'))}\\s*=`)
  return {
    stored: file.split('\n').flatMap((line) => (pattern.test(line) ? [oneSpaced(line.slice(line.indexOf('=') + 1))] : [])),
    ...(live !== undefined && { live: oneSpaced(live.slice(path.length + 1)) }),
    isSettable: said.includes(`settable ${path}`),
  }
}

/**
 * Has the kernel use these values, each as it stands when its turn comes: one may have set another on the way. All are tried before the
 * first refusal counts.
 */
export function setParameters(values: readonly (readonly [name: string, value: string])[]): Script {
  return lines([
    sh`refused=`,
    sh`now() { set -f; set -- $(cat "$1" 2>/dev/null); echo "$*"; }`,
    sh`put() {`,
    sh`[ "$(now "$1")" != "$2" ] || return 0`,
    sh`{ printf '%s\\n' "$3" >"$1"; } 2>/dev/null || { refused=yes; printf '%s\\n' "the kernel does not take \\\`$3\\\` for $4" >&2; }`,
    sh`}`,
    ...values.map(([name, value]) => sh`put ${livePath(name)} ${oneSpaced(value)} ${value} ${name}`),
    sh`[ -z "$refused" ] || exit 1`,
  ])
}

/** Writes lines for these parameters in place of those that a file has; a parameter without a value only loses its own. */
export function storeParameters(path: string, values: readonly (readonly [name: string, value: string | undefined])[]): Script {
  const kept = values.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
  return lines([
    sh`file=$(readlink -f -- ${path}) && t=$(mktemp -- "$(dirname -- "$file")/.holdfast.XXXXXXXXXX") || exit 1`,
    sh`trap 'rm -f -- "$t"' EXIT; trap 'exit 1' HUP INT TERM`,
    sh`if [ -e "$file" ]; then grep -v ${patterns(values.map(([name]) => name))} -- "$file" >"$t" || [ $? = 1 ] || exit 1; fi`,
    ...(kept.length > 0 ? [sh`printf '%s\\n' ${kept} >>"$t" || exit 1`] : []),
    sh`chmod 0644 -- "$t" && sync -- "$t" && mv -fT -- "$t" "$file"`,
  ])
}

function patterns(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => ['-e', `^[[:space:]]*-\\{0,1\\}[[:space:]]*${spelled(name, basicRegex)}[[:space:]]*=`])
}

/** Files know both spellings of a name. */
function spelled(name: string, quoted: (part: string) => string): string {
  return name.split(/[./]/).map(quoted).join('[./]')
}
