import { Refusal, type Resource } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { basicRegex } from './accounts.ts'

/** What a user needs besides an account to run containers without root. */
export interface RootlessParams {
  readonly name: string
  readonly linger?: boolean
  readonly subordinate_ids?: number
}

export interface RootlessState {
  /** Whether the user's own systemd is to run from boot on; `stopped` if it is, and does not now. */
  readonly linger: boolean | 'stopped'
  /** First of the range, if the user has exactly one of the right length, for users and for groups. */
  readonly subordinate_ids: number | 'none' | 'others'
  /** All ranges of the host, as the files have them. */
  readonly ranges: readonly Range[]
}

/** What changes when a user begins or ceases to linger. */
export const LINGERING: readonly Resource[] = ['path:/var/lib/systemd/linger', 'path:/run/user']

/** Reads what is asked for, and nothing else. */
export function probeRootless({ name, linger, subordinate_ids }: RootlessParams): readonly Script[] {
  const running = sh`systemctl is-active --quiet "user@$(id -u -- ${name} 2>/dev/null).service" && echo runs`
  return [
    ...(linger === undefined ? [] : [sh`[ ! -e ${`/var/lib/systemd/linger/${name}`} ] || { echo lingers; ${running}; true; }`]),
    ...(subordinate_ids === undefined ? [] : [sh`grep -H : /etc/subuid /etc/subgid 2>/dev/null; true`]),
  ]
}

/** Reads what `probeRootless` printed. */
export function readRootless(stdout: string, name: string): RootlessState {
  const ranges = stdout.split('\n').flatMap(readRange)
  const own = ranges.filter(({ user }) => user === name)
  const [first] = own
  const isPair = own.length === 2 && own.every(({ start, count }) => start === first?.start && count === COUNT)
  const found = isPair && own[0]?.file !== own[1]?.file ? (first?.start ?? 'none') : 'others'
  const linger = /^lingers$/m.test(stdout) && (/^runs$/m.test(stdout) || 'stopped')
  return { linger, subordinate_ids: own.length === 0 ? 'none' : found, ranges }
}

/** The fields that are asked for. Refuses ids that another user has. */
export function desiredRootless(
  { name, linger, subordinate_ids: start }: RootlessParams,
  { ranges }: RootlessState,
): Partial<RootlessState> {
  if (start !== undefined) refuseShared(name, start, ranges)
  return { ...(linger !== undefined && { linger }), ...(start !== undefined && { subordinate_ids: start }) }
}

/** Makes the difference go away. The account exists by then. */
export function rootlessScripts(
  current: RootlessState,
  desired: Partial<RootlessState>,
  { name, subordinate_ids: start }: RootlessParams,
): readonly Script[] {
  const settles = start !== undefined && desired.subordinate_ids !== current.subordinate_ids
  return [
    ...(settles ? [giveRange(name, start)] : []),
    ...(desired.linger === undefined || desired.linger === current.linger ? [] : [lingerScript(name, desired.linger !== false)]),
  ]
}

interface Range {
  readonly file: 'subuid' | 'subgid'
  readonly user: string
  readonly start: number
  readonly count: number
}

const COUNT = 65_536

function readRange(line: string): readonly Range[] {
  const [, file, user = '', start, count] = /^\/etc\/(subuid|subgid):([^:]+):(\d+):(\d+)$/.exec(line) ?? []
  return file === undefined ? [] : [{ file: file as Range['file'], user, start: Number(start), count: Number(count) }]
}

function refuseShared(name: string, start: number, ranges: readonly Range[]): void {
  const other = ranges.find((range) => range.user !== name && range.start < start + COUNT && start < range.start + range.count)
  if (!other) return
  throw new Refusal(
    `the ids from ${start} on would be shared with \`${other.user}\`, who has ${other.count} from ${other.start} on in /etc/${other.file}`,
    'choose another `subordinate_ids`; those of two users must not overlap',
  )
}

/** usermod would refuse while a program of the user runs, such as the one that is about to move into a container. */
function giveRange(name: string, start: number): Script {
  const [own, line] = [`^${basicRegex(name)}:`, `${name}:${start}:${COUNT}`]
  return lines([
    sh`for f in /etc/subuid /etc/subgid; do`,
    sh`t=$(mktemp "$f.XXXXXXXXXX") && { grep -v ${own} "$f" 2>/dev/null; echo ${line}; } >"$t" && chmod 0644 "$t" && mv -f -- "$t" "$f" || exit 1`,
    sh`done`,
  ])
}

function lingerScript(name: string, linger: boolean): Script {
  if (!linger) return sh`loginctl disable-linger -- ${name}`
  return lines([
    sh`command -v loginctl >/dev/null || { echo 'there is no systemd-logind on the host: install libpam-systemd' >&2; exit 1; }`,
    sh`loginctl enable-linger -- ${name} && systemctl start "user@$(id -u -- ${name}).service"`,
  ])
}
