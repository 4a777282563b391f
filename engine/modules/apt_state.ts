import { type Script, lines, sh } from '../core/script.ts'

/** What is asked of the packages of a host. */
export interface AptParams {
  readonly name?: readonly string[]
  readonly deb?: string
  readonly state: 'present' | 'absent' | 'latest'
  readonly upgrade: 'no' | 'yes' | 'safe' | 'full' | 'dist'
  readonly update_cache: boolean
  readonly cache_valid_time: number
  readonly purge: boolean
  readonly autoremove: boolean
  readonly default_release?: string
  readonly install_recommends?: boolean
  readonly only_upgrade: boolean
  readonly allow_downgrade: boolean
  readonly allow_change_held_packages: boolean
  readonly dpkg_options: string
  readonly lock_timeout: number
}

/** How one wanted package stands: `remains` are configuration files of a removed one. */
export type Standing = 'present' | 'absent' | 'another version' | 'outdated' | 'remains'

export interface AptState {
  /** By the name as it was asked for, version and all. */
  readonly packages: { readonly [spec: string]: Standing }
  /** Installed versions, by the same names. */
  readonly versions: { readonly [spec: string]: string }
  /** The newest versions on offer; read for `latest` only. */
  readonly candidates: { readonly [name: string]: string }
  /** The downloaded lists of packages; `stale` is older than allowed. */
  readonly lists: 'fresh' | 'stale'
  /** Age of the lists, seconds since 1970. */
  readonly listed: number
  readonly upgradable: readonly string[]
  readonly unneeded: readonly string[]
  /** The file that `deb` names is there. */
  readonly deb: boolean
}

/** A package as a playbook names it: `nginx`, `nginx=1.22*`, `libc6:i386`, `linux-image-*`. */
export interface Spec {
  readonly text: string
  readonly name: string
  readonly architecture?: string
  readonly version?: string
}

export function readSpec(text: string): Spec {
  const [, name = text, architecture, version] = /^([^:=]+)(?::([^=]+))?(?:=(.+))?$/.exec(text) ?? []
  return { text, name, ...(architecture && { architecture }), ...(version && { version }) }
}

/** The wanted packages, lists written with commas taken apart. */
export function specsOf({ name = [] }: AptParams): readonly Spec[] {
  return name.flatMap((item) => item.split(',')).flatMap((item) => (item.trim() === '' ? [] : [readSpec(item.trim())]))
}

/** Looks at the wanted packages with one `dpkg-query`; what costs more is looked at only if it is asked for. */
export function probeApt(params: AptParams): Script {
  const specs = specsOf(params)
  const names = [...new Set(specs.map(queryName))]
  return lines([
    ...(names.length === 0 ? [] : [installed(names, params)]),
    ...(params.deb === undefined ? [] : [debFields(params.deb)]),
    ...(params.state === 'latest' && names.length > 0 ? [candidates(names, params)] : []),
    ...(params.update_cache ? [listAge()] : []),
    ...(params.upgrade === 'no'
      ? []
      : [sh`apt-get -s -q ${UPGRADES[params.upgrade]} 2>/dev/null | sed -n 's/^Inst \\([^ ]*\\).*/upgradable \\1/p'`]),
    ...(params.autoremove && names.length === 0
      ? [sh`apt-get -s -q autoremove 2>/dev/null | sed -n 's/^Remv \\([^ ]*\\).*/unneeded \\1/p'`]
      : []),
  ])
}

/** The apt-get command for each kind of upgrade. */
export const UPGRADES = {
  yes: ['upgrade', '--with-new-pkgs'],
  safe: ['upgrade', '--with-new-pkgs'],
  full: ['dist-upgrade'],
  dist: ['dist-upgrade'],
} as const

function queryName({ name, architecture }: Spec): string {
  return architecture === undefined ? name : `${name}:${architecture}`
}

function installed(names: readonly string[], { state }: AptParams): Script {
  const format = 'package ${db:Status-Abbrev}|${Package}|${Architecture}|${Version}|'
  // Of a virtual package dpkg-query knows the name at best, so where one is missing, what provides it is looked for.
  const virtual = sh`dpkg-query -W -f=${`${format}\${Provides}\\n`} 2>/dev/null | grep -F ${names.flatMap((name) => ['-e', name])} || true`
  return lines([
    sh`command -v dpkg-query >/dev/null || { echo 'this host has no dpkg, so \`apt\` cannot manage its packages' >&2; exit 1; }`,
    sh`found=$(dpkg-query -W -f=${`${format}\\n`} -- ${names} 2>/dev/null); rc=$?; printf '%s\\n' "$found"`,
    ...(state === 'absent' ? [] : [sh`case $rc$found in [!0]*|*'package un '*) ${virtual};; esac`]),
  ])
}

function debFields(path: string): Script {
  return sh`if [ -e ${path} ]; then deb=$(dpkg-deb -W --showformat='\${Package}|\${Architecture}|\${Version}' -- ${path}) || exit 1
printf 'deb %s\\n' "$deb"; dpkg-query -W -f='package \${db:Status-Abbrev}|\${Package}|\${Architecture}|\${Version}|\\n' -- "\${deb%%|*}" 2>/dev/null || true; fi`
}

function candidates(names: readonly string[], { default_release }: AptParams): Script {
  return sh`apt-cache ${default_release === undefined ? [] : ['-t', default_release]} policy -- ${names} 2>/dev/null | sed -n -e 's/^\\([^ ].*\\):$/policy \\1/p' -e 's/^  Candidate: /candidate /p'`
}

function listAge(): Script {
  return lines([
    sh`listed=0; for list in /var/lib/apt/lists/*Release; do [ ! -e "$list" ] || listed=; break; done`,
    sh`printf 'lists %s %s\\n' "$(date +%s)" "\${listed:-$(stat -c %Y /var/lib/apt/lists /var/lib/apt/periodic/update-success-stamp 2>/dev/null | sort -n | tail -n 1)}"`,
  ])
}
