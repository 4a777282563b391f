import { posix } from 'node:path'
import type { Content } from '../core/content.ts'
import { Refusal } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'

export type Kind = 'absent' | 'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'character device' | 'block device'

/** What stands at a path on a host. */
export interface PathReading {
  readonly kind: Kind
  /** Where it really is: links on the way resolved, and the last one too if they are followed. */
  readonly path: string
  /** Four octal digits, such as `0644`; empty for a link, which has none, and if nothing is there, as are owner and group. */
  readonly mode: string
  /** In the spelling the params use: the name or the number they gave, if that is who it is. */
  readonly owner: string
  readonly group: string
  readonly uid: number
  readonly gid: number
  readonly size: number
  /** Seconds since 1970, nine decimals kept as text because a number cannot hold them. */
  readonly mtime: string
  /** Device and inode: equal for two names of one file. */
  readonly identity: string
  /** Empty unless it was asked for and is a regular file; `size N` if the size alone tells that it differs from the wanted one. */
  readonly sha256: string
  /** The folder it would be in is not there, if that was asked. */
  readonly lacksFolder?: true
  /** The bytes, if they were asked for and are few enough. */
  readonly bytes?: Buffer
}

export interface PathOptions {
  /** Look at what a link leads to instead of at the link. */
  readonly follow?: boolean
  /** If the path is a directory, look at the entry of this name in it. */
  readonly inside?: string | undefined
  /** See whether its folder is there. */
  readonly folder?: boolean
  readonly owner?: string | undefined
  readonly group?: string | undefined
  /** Which bytes to bring back: none, a digest to compare (with the bytes if they differ and `diff`), or all of a short file. */
  readonly content?: { readonly wanted: Pick<Content, 'sha256' | 'size'>; readonly diff: boolean } | 'digest' | 'bytes'
}

/** Longest content that is brought to the controller for editing. */
export const EDIT_LIMIT_BYTES = 1024 * 1024
/** Longest content that is brought to the controller only to show a difference. */
export const DIFF_LIMIT_BYTES = 64 * 1024

const STAT_FORMAT = '%f %u %g %s %.9Y %d:%i |%U|%G|'

/**
 * Reads many paths with one process, for the probes of `probePath` that come next: starting `stat` is most of what a probe costs a
 * host. They stand in the positional parameters; what is not found there, each probe reads itself. A path that hangs is given up soon, so that it delays its own task only.
 */
export function statAhead(paths: readonly string[]): Script {
  return sh`IFS='
'; set -f; set -- $(timeout -s KILL 5 stat -c ${`%n|${STAT_FORMAT}`} -- ${paths} 2>/dev/null); set +f; unset IFS`
}

/** Whether `statAhead` can read the path: its name must not look like what is read. */
export function isStatable(path: string): boolean {
  return path.startsWith('/') && !/[|\n]/.test(path)
}

/** What `statAhead` read is old. */
export const forgetStats = sh`set --`

/** Looks at one path and changes nothing; `readPath` reads what it prints. Later scripts find the path in `$p`, the reading in `$s`. */
export function probePath(path: string, options: PathOptions = {}): Script {
  const { follow = false, inside, folder = false, owner, group, content } = options
  return lines([
    sh`p=${path}`,
    ...(inside === undefined ? [] : [sh`[ ! -d "$p" ] || { p="\${p%/}"/${inside}; echo inside; }`]),
    sh`s=; for l; do case $l in "$p|"*) s=\${l#"$p|"}; break;; esac; done
case $s in ${follow ? sh`''|a*` : sh`''`}) s=$(stat ${follow ? sh`-L ` : sh``}-c ${STAT_FORMAT} -- "$p" 2>&1) || case $s in
*': No such file or directory'|*': Not a directory') s=absent;;
*) printf '%s\\n' "$s" >&2; exit 1;; esac;; esac
printf 'stat %s\\n' "$s"`,
    follow ? LINKS_OF_PATH : LINKS_OF_DIRECTORY,
    // The way up to the first folder that is there has just been gone.
    ...(folder ? [sh`[ "$d" = "$e" ] || echo orphan`] : []),
    ...(isName(owner) ? [sh`case $s in absent|*' |'${owner}'|'*) ;; *) printf 'uid %s\\n' "$(id -u -- ${owner} 2>/dev/null)";; esac`] : []),
    ...(isName(group) ? [sh`case $s in absent|*'|'${group}'|') ;; *) printf 'gid %s\\n' "$(getent group -- ${group})";; esac`] : []),
    ...(content === undefined ? [] : [sh`case $s in 8*) set -- $s`, printContent(content), sh`;; esac`]),
  ])
}

/** Reads what `probePath` printed. Refuses a path that leads through a link some other user made. */
export function readPath(stdout: string, path: string, options: PathOptions = {}): PathReading {
  const found = new Map(stdout.split('\n').map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]))
  refuseForeignLinks(found, path)
  const bytes = found.get('bytes')
  const named = found.has('inside') ? posix.join(path, options.inside ?? '') : path
  return {
    ...readStat(found, options),
    path: found.has('real') ? readRealPath(decode(found.get('real')), named, options) : named,
    sha256: found.get('sha256')?.replace(/ +-$/, '') ?? '',
    ...(found.has('orphan') && { lacksFolder: true }),
    ...(bytes !== undefined && { bytes: Buffer.from(bytes, 'base64') }),
  }
}

// cd, pwd and test are built into the shell: a path without links costs no further process.
const CANONICAL = sh`e="\${p%/*}"; e="\${e:-/}"; d=$e
while [ ! -d "$d" ]; do d="\${d%/*}"; d="\${d:-/}"; done
[ "$(cd -P -- "$d" && pwd -P; echo .)" = "$d
." ]`

const LINKS_OF_DIRECTORY = sh`${CANONICAL} || printf 'real %s\\nlinks %s\\nme %s\\n' "$(readlink -mn -- "$e" | base64 -w0)" "$(namei -l -- "$d" | base64 -w0)" "$(id -un)"`

const LINKS_OF_PATH = sh`${CANONICAL} && [ ! -L "$p" ] || printf 'real %s\\nlinks %s\\nme %s\\n' "$(readlink -mn -- "$p" | base64 -w0)" "$(namei -l -- "$p" | base64 -w0)" "$(id -un)"`

function isName(account: string | undefined): account is string {
  return account !== undefined && !/^\d+$/.test(account)
}

function printContent(content: NonNullable<PathOptions['content']>): Script {
  if (content === 'digest') return sh`printf 'sha256 '; sha256sum < "$p" || exit 1`
  if (content === 'bytes') return sh`[ "$4" -gt ${EDIT_LIMIT_BYTES} ] || { b=$(base64 -w0 < "$p") || exit 1; printf 'bytes %s\\n' "$b"; }`
  const { wanted, diff } = content
  return lines([
    // Another size is another content: no need to read all of it. A size of 0 may also mean "not known yet".
    sh`h=; ${wanted.size === 0 ? sh`` : sh`[ "$4" != ${wanted.size} ] || `}h=$(sha256sum < "$p") || exit 1`,
    sh`printf 'sha256 %s\\n' "\${h:-size $4}"`,
    ...(diff
      ? [sh`case $h in ${wanted.sha256}*) ;; *) [ "$4" -gt ${DIFF_LIMIT_BYTES} ] || printf 'bytes %s\\n' "$(base64 -w0 < "$p")";; esac`]
      : []),
  ])
}

function refuseForeignLinks(found: ReadonlyMap<string, string>, path: string): void {
  if (!found.has('real')) return
  const owners = [...decode(found.get('links')).matchAll(/^\s*l\S+ +(\S+) /gm)].map(([, owner = '']) => owner)
  if (found.get('links') === '')
    throw new Refusal(`cannot tell who made the links on the way to \`${path}\``, 'install util-linux, whose `namei` tells')
  const foreign = owners.find((owner) => owner !== 'root' && owner !== found.get('me'))
  if (foreign === undefined) return
  throw new Refusal(
    `\`${path}\` leads through a symbolic link made by \`${foreign}\`, who could point it anywhere`,
    `name the real path, or do this as that user: \`become_user: ${foreign}\``,
  )
}

function readRealPath(real: string, named: string, { follow = false }: PathOptions): string {
  if (real === '') throw new Refusal(`\`${named}\` is a link that leads back to itself`, 'remove the link')
  return follow ? real : posix.join(real, posix.basename(named))
}

function decode(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString()
}

const NOTHING = { kind: 'absent', mode: '', owner: '', group: '', uid: -1, gid: -1, size: 0, mtime: '', identity: '' } as const

/** What a line of `stat` says, with the ids of the wanted owner and group if they were looked up. */
export function readStat(found: ReadonlyMap<string, string>, options: PathOptions): Omit<PathReading, 'path' | 'sha256' | 'bytes'> {
  const stat = found.get('stat') ?? 'absent'
  if (stat === 'absent') return NOTHING
  const [numbers = '', owner = '', group = ''] = stat.split('|')
  const [raw = '0', uid, gid, size, mtime = '', identity = ''] = numbers.split(' ')
  const mode = Number.parseInt(raw, 16)
  const kind = KINDS[mode >> 12] ?? 'file'
  return {
    kind,
    mode: kind === 'link' ? '' : (mode & 0o7777).toString(8).padStart(4, '0'),
    owner: spelled(options.owner, { name: owner, id: uid, wantedId: found.get('uid') }),
    group: spelled(options.group, { name: group, id: gid, wantedId: found.get('gid')?.split(':')[2] }),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    mtime,
    identity,
  }
}

const KINDS: { readonly [type: number]: Kind } = {
  1: 'fifo',
  2: 'character device',
  4: 'directory',
  6: 'block device',
  8: 'file',
  10: 'link',
  12: 'socket',
}

interface Account {
  readonly name: string
  readonly id: string | undefined
  readonly wantedId: string | undefined
}

/** The wanted spelling if it means this account, else its name, or its number where it has none. */
function spelled(wanted: string | undefined, { name, id = '', wantedId }: Account): string {
  if (wanted !== undefined && (wanted === id || wantedId === id)) return wanted
  return name === 'UNKNOWN' ? id : name
}
