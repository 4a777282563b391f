import { posix } from 'node:path'
import { lines, type Script, sh } from '../core/script.ts'
import { plainPublicKey } from '../core/signing_key.ts'
import type { Account, FoundKey } from './judge_placement.ts'
import { type Mark, type Placement, recordName } from './placement.ts'

/** Where records of keys are kept on a host, for root alone. */
const FOLDER = '/var/lib/holdfast/signers'

/** Asks a host which keys it holds, what signs on it, how far that has come, and what it has on record. Prints no secret part of a key. */
export const rollCall: Script = lines([
  sh`printf 'machine=%s\n' "$(cat /etc/machine-id)"`,
  sh`flat() { tr -d '\n\t ' < "$1"; }`,
  sh`for f in /var/lib/*/*_shard.json /var/lib/*/*/*_shard.json /srv/*/*_shard.json /root/.horcrux/*_shard.json /home/*/.horcrux/*_shard.json; do
  [ -f "$f" ] || continue
  printf 'shard=%s|%s|%s\n' "$(flat "$f" | sed -n 's/.*"pubKey":"\\([^"]*\\)".*/\\1/p')" "$(flat "$f" | sed -n 's/.*"id":\\([0-9]*\\).*/\\1/p')" "$f"
done`,
  sh`for f in /var/lib/*/config/priv_validator_key.json /srv/*/config/priv_validator_key.json /root/.*/config/priv_validator_key.json /home/*/.*/config/priv_validator_key.json; do
  [ -f "$f" ] || continue
  printf 'whole=%s|%s\n' "$(flat "$f" | sed -n 's/.*"pub_key":{[^}]*"value":"\\([^"]*\\)".*/\\1/p')" "$f"
done`,
  sh`for u in horcrux tmkms; do
  case $(systemctl is-active $u.service 2>/dev/null) in active | activating | reloading | deactivating) printf 'signer=%s.service is active\n' $u ;; esac
  case $(systemctl is-enabled $u.service 2>/dev/null) in enabled) printf 'signer=%s.service starts at boot\n' $u ;; esac
done`,
  sh`for p in $(grep -lsxE 'horcrux|tmkms' /proc/[0-9]*/comm); do printf 'signer=the process %s runs\n' "$p"; done`,
  sh`for f in ${FOLDER}/*; do [ ! -f "$f" ] || printf 'placement=%s\n' "$(cat "$f")"; done`,
  sh`for f in /var/lib/*/state/*_priv_validator_state.json /var/lib/*/state/*_share_sign_state.json /root/.horcrux/state/*_state.json /home/*/.horcrux/state/*_state.json; do
  [ -f "$f" ] || continue
  n() { flat "$f" | sed -n 's/.*"'$1'":"\\{0,1\\}\\([0-9]*\\).*/\\1/p'; }
  printf 'mark=%s|%s|%s|%s\n' "$(n height)" "$(n round)" "$(n step)" "$f"
done; true`,
])

/** What a host said when the roll was called; undefined if that makes no sense. */
export function readAccount(stdout: string): Account | undefined {
  const of = (name: string) => stdout.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))
  const [machine = ''] = of('machine')
  if (!/^[0-9a-f]{32}$/.test(machine)) return undefined
  return {
    machine,
    keys: [...of('shard').flatMap(readShardLine), ...of('whole').flatMap(readWholeLine)],
    signers: of('signer'),
    placements: of('placement').flatMap(readPlacement),
    marks: of('mark').flatMap(readMarkLine),
  }
}

/**
 * Keeps records on a host. Exit status 0 only if all of them are on its disk now: one that the host has of a later turn, or another of
 * the same, stays, and says that another run is at work.
 */
export function keepRecords(placements: readonly Placement[]): Script {
  const one = (placement: Placement) => sh`f=${`${FOLDER}/${recordName(placement)}`} r=${JSON.stringify(placement)}
t=$(sed -n 's/.*"turn":\\([0-9]*\\).*/\\1/p' "$f" 2>/dev/null)
[ "\${t:-0}" -ge ${placement.turn} ] || { printf '%s\\n' "$r" > "$f.new" && sync -- "$f.new" && mv -f -- "$f.new" "$f"; } || exit 1
[ "$(cat "$f")" = "$r" ] || rc=1`
  return lines([sh`umask 077; rc=0; mkdir -p -m 0700 ${FOLDER} || exit 1`, ...placements.map(one), sh`sync -- ${FOLDER} && exit $rc`])
}

/** Replaces the record of a claim by one that takes it back; of another claim, nothing. Another run may have brought the key there meanwhile. */
export function withdrawRecord(claim: Placement): Script {
  const back: Placement = { ...claim, state: 'leaving', turn: claim.turn + 1 }
  return sh`umask 077; f=${`${FOLDER}/${recordName(claim)}`}
[ "$(cat "$f" 2>/dev/null)" != ${JSON.stringify(claim)} ] || { printf '%s\\n' ${JSON.stringify(back)} > "$f.new" && mv -f -- "$f.new" "$f"; }`
}

/** Fails on a host whose own record of a key is not that of this claim any more, and held. */
export function stillHolds({ claim, ...placement }: Placement): Script {
  return sh`case $(cat ${`${FOLDER}/${recordName({ claim, ...placement })}`} 2>/dev/null) in
*'"state":"held"'*${`"claim":"${claim}"`}*) ;;
*) echo 'the key has been taken elsewhere meanwhile, or the records of it cannot be read: nothing was changed' >&2; exit 1 ;;
esac`
}

/** Lets a signer of Horcrux begin where another left off. Its files are made as `horcrux state import` makes them; nothing ever goes back. */
export function carryMark(shardFile: string, { chain, mark }: { readonly chain: string; readonly mark: Mark }): Script {
  const home = posix.dirname(shardFile)
  const text = {
    height: String(mark.height),
    round: String(mark.round),
    step: mark.step,
    ...{ nonce_public: '', signature: '', signbytes: '', vote_ext_signature: '' },
  }
  const write = (name: string) => sh`f=${`${home}/state/${chain}_${name}.json`}
printf '%s\n' ${JSON.stringify(text, null, 2)} > "$f.new" && chown --reference=${home} "$f.new" && sync -- "$f.new" && mv -f -- "$f.new" "$f" || exit 1`
  return lines([
    sh`umask 077; [ -d ${`${home}/state`} ] || { mkdir ${`${home}/state`} && chown --reference=${home} ${`${home}/state`}; } || exit 1`,
    write('priv_validator_state'),
    write('share_sign_state'),
  ])
}

function readShardLine(line: string): readonly FoundKey[] {
  const [key, id, ...rest] = line.split('|')
  const path = rest.join('|')
  const publicKey = plainPublicKey(key)
  return publicKey === undefined ? [] : [{ publicKey, shard: Number(id), chain: posix.basename(path).replace(/_shard\.json$/, ''), path }]
}

function readWholeLine(line: string): readonly FoundKey[] {
  const [key, ...rest] = line.split('|')
  const publicKey = plainPublicKey(key)
  return publicKey === undefined ? [] : [{ publicKey, path: rest.join('|') }]
}

function readMarkLine(line: string): Account['marks'] {
  const [height, round, step, ...rest] = line.split('|')
  const path = rest.join('|')
  const chain = /([^/]+)_(?:priv_validator|share_sign)_state\.json$/.exec(path)?.[1]
  return chain === undefined || height === '' ? [] : [{ chain, path, height: Number(height), round: Number(round), step: Number(step) }]
}

/** A host that forged one could only keep a key from being placed. */
function readPlacement(line: string): readonly Placement[] {
  try {
    const record = JSON.parse(line) as Placement
    const isRecord = [record.chain, record.publicKey, record.host, record.machine, record.since, record.claim].every(
      (field) => typeof field === 'string',
    )
    return isRecord && Number.isInteger(record.turn) && STATES.includes(record.state) ? [record] : []
  } catch {
    return []
  }
}

const STATES: readonly string[] = ['held', 'leaving', 'released', 'written off']
