import { posix } from 'node:path'
import type { ComingChange } from '../converge/permit.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { inFolder, touchedPaths } from './brought.ts'
import { RECORDS } from './roll_call.ts'

/**
 * What a host makes sure of before a change takes away, or writes over, what says how far a signer has signed: that it is not on record for
 * a key. Undefined of a change that does neither. With that file gone, the key would sign again what it has signed. The records themselves
 * are for nobody else to change.
 */
export function keptState(change: ComingChange): Script | undefined {
  const { module, params } = change
  if (module.kind !== 'state' || module.name === 'signing_state' || change.action !== undefined) return undefined
  const checks = checksOf(module, params)
  return checks.length > 0 ? lines([whereOnRecord, ...checks]) : undefined
}

type Given = ComingChange['params']

function checksOf(module: ComingChange['module'], params: Given): readonly Script[] {
  const isGone = params['state'] === 'absent'
  if (module.name === 'user') return isGone && params['remove'] === true ? [homeKept(params)] : []
  const paths = touchedPaths(module as never, params)
  if (module.name === 'file') {
    const changed = isGone || REPLACED.has(params['state']) ? paths.filter((path) => !isBelow(path, BACKUPS)) : []
    return changed.flatMap((path) => [kept(path), withoutState(path)])
  }
  return [
    ...paths.filter((path) => isBelow(path, RECORDS)).map(kept),
    ...paths.filter(isState).map(untouched),
    ...foldersFilled(module, params).map(withoutState),
  ]
}

/** With these, `file` makes something else of what stands there. */
const REPLACED: ReadonlySet<unknown> = new Set(['link', 'hard'])
/** Copies of signing states out of backups, from which nobody signs. */
const BACKUPS = '/var/lib/holdfast/backup'

function isBelow(path: string, folder: string): boolean {
  const at = posix.resolve(path)
  return at === folder || at.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** Folders over which a change lays others, of which nobody can tell beforehand what is in them. */
function foldersFilled({ name }: ComingChange['module'], params: Given): readonly string[] {
  const { src, dest } = params
  if (typeof dest !== 'string') return []
  if (name === 'unarchive') return [dest]
  if (name !== 'copy' || typeof src !== 'string') return []
  // Where a folder stands already, only another folder can be laid over it.
  return src.endsWith('/') ? [dest] : inFolder(params)
}

/** As Horcrux and CometBFT name the file, and tmkms in its folder. */
function isState(path: string): boolean {
  return (
    /^(.+_)?priv_validator_state\.json$|_share_sign_state\.json$/.test(posix.basename(path)) || /\/tmkms\/state\/[^/]+\.json$/.test(path)
  )
}

/**
 * Functions of the shell: whether this machine holds a key, or may, where that cannot be told; and the refusals. Only root can read the
 * records.
 */
const whereOnRecord: Script = sh`on_record() {
  m=$(cat /etc/machine-id)
  [ -n "$m" ] && [ "$(id -u)" = 0 ] || return 0
  for f in ${RECORDS}/*; do grep -sqF '"machine":"'"$m"'"' "$f" && grep -sqE '"state":"(held|leaving)"' "$f" && return; done
  return 1
}
keep() {
  [ "$(id -u)" = 0 ] || { printf '%s\\n' "$1 says how far a key has signed, and only root can tell whether this host is on record for one: nothing was changed. Run the task as root" >&2; exit 1; }
  printf '%s\\n' "this host is on record for a key, and $1 says how far that has signed: nothing was changed. The module signing_state sets it forward; before it goes, signer_key with state: absent takes the key away" >&2
  exit 1
}
without() {
  ! on_record || {
    s=$(find -L "$1" "$(readlink -f "$1")" \\( -path /proc -o -path /sys -o -path /dev \\) -prune -o \\( -name '*priv_validator_state.json' -o -name '*_share_sign_state.json' -o -path '*/tmkms/state/*.json' \\) -print -quit 2>/dev/null)
    [ -z "$s" ] || keep "$s"
  }
}`

function untouched(path: string): Script {
  return sh`! [ -e ${path} ] || ! on_record || keep ${path}`
}

/** A whole folder may be taken away, and what stands in it, or what it leads to. */
function withoutState(path: string): Script {
  return sh`[ ! -d ${path} ] && [ ! -L ${path} ] && [ ! -f ${path} ] || without ${path}`
}

/** The home of a user goes with it. */
function homeKept({ name, home }: Given): Script {
  const given = typeof home === 'string' ? [home] : []
  return sh`for h in ${given} "$(getent passwd ${String(name)} | cut -d: -f6)"; do [ -z "$h" ] || without "$h"; done`
}

/** The records of keys are not for a task to take away or to write, nor is a folder around them. */
function kept(path: string): Script {
  if (isBelow(path, RECORDS)) return refuse
  return isBelow(RECORDS, posix.resolve(path)) ? sh`for f in ${RECORDS}/*; do [ ! -f "$f" ] || ${refuse}; done` : lines([])
}

const refuse: Script = sh`{ echo 'the records of where keys may sign are below ${RECORDS}, and no task changes them: nothing was changed' >&2; exit 1; }`
