import { posix } from 'node:path'
import type { ComingChange } from '../converge/permit.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { RECORDS } from './roll_call.ts'

/**
 * What a host makes sure of before a change takes away, or writes over, what says how far a signer has signed: that it is not on record for
 * a key. Undefined of a change that does neither. With that file gone, the key would sign again what it has signed.
 */
export function keptState(change: ComingChange): Script | undefined {
  const { module, params } = change
  if (module.kind !== 'state' || module.name === 'signing_state' || change.action !== undefined) return undefined
  const paths = (module.touches?.(params as never) ?? []).flatMap((one) => (one.startsWith('path:') ? [one.slice('path:'.length)] : []))
  if (module.name === 'file' && params['state'] === 'absent') {
    const taken = paths.filter((path) => !path.startsWith(OWN))
    return taken.length > 0 ? lines([whereOnRecord, ...taken.map(withoutState)]) : undefined
  }
  const isOnlyMarked = module.name === 'file' && !REPLACED.has(params['state'])
  const states = isOnlyMarked ? [] : paths.filter(isState)
  return states.length > 0 ? lines([whereOnRecord, ...states.map(untouched)]) : undefined
}

/** With these, `file` makes something else of what stands there. */
const REPLACED: ReadonlySet<unknown> = new Set(['link', 'hard'])
/** Copies out of backups, and what else the engine keeps for itself. */
const OWN = '/var/lib/holdfast/'

/** As Horcrux and CometBFT name the file, and tmkms in its folder. */
function isState(path: string): boolean {
  return (
    /^(.+_)?priv_validator_state\.json$|_share_sign_state\.json$/.test(posix.basename(path)) || /\/tmkms\/state\/[^/]+\.json$/.test(path)
  )
}

/** Functions of the shell: whether this machine holds a key, and the refusal. */
const whereOnRecord: Script = sh`on_record() {
  m=$(cat /etc/machine-id)
  for f in ${RECORDS}/*; do grep -sqF '"machine":"'"$m"'"' "$f" && grep -sqF '"state":"held"' "$f" && return; done
  return 1
}
keep() {
  printf '%s\\n' "this host is on record for a key, and $1 says how far that has signed: nothing was changed. The module signing_state sets it forward; before it goes, signer_key with state: absent takes the key away" >&2
  exit 1
}`

function untouched(path: string): Script {
  return sh`! [ -e ${path} ] || ! on_record || keep ${path}`
}

/** A whole folder may be taken away, and what stands in it. */
function withoutState(path: string): Script {
  return sh`! on_record || [ -L ${path} ] || {
  s=$(find ${path} \\( -name '*priv_validator_state.json' -o -name '*_share_sign_state.json' -o -path '*/tmkms/state/*.json' \\) -print -quit 2>/dev/null)
  [ -z "$s" ] || keep "$s"
}`
}
