import { posix } from 'node:path'
import { lines, type Script, sh } from '../core/script.ts'
import { plainPublicKey } from '../core/signing_key.ts'
import type { Account, FoundKey } from './judge_placement.ts'
import { type Mark, type Placement, recordName } from './placement.ts'
import { signersSaid } from './what_signs.ts'

/** Where records of keys are kept on a host, for root alone. */
export const RECORDS = '/var/lib/holdfast/signers'

/**
 * Asks a host which keys it holds, in the usual places and about this path, what signs on it, how far that has come, and what it has on
 * record. Prints no secret part of a key.
 */
export function rollCall(path: string): Script {
  return lines([
    sh`printf 'machine=%s\n' "$(cat /etc/machine-id)"`,
    // Users of the host may have made some of these files, and named them.
    sh`flat() { head -c 65536 < "$1" | tr -d '\n\t '; }; named() { printf %s "$1" | tr '\n' '?'; }`,
    sh`shard() {
  [ -f "$1" ] || return 0
  printf 'shard=%s|%s|%s\n' "$(flat "$1" | sed -n 's/.*"pubKey":"\\([^"]*\\)".*/\\1/p')" "$(flat "$1" | sed -n 's/.*"id":\\([0-9]*\\).*/\\1/p')" "$(named "$1")"
}`,
    // CometBFT signs with the private half, whatever the file says that the public one is; of 64 bytes, the last 32 are public.
    sh`whole() {
  [ -f "$1" ] || return 0
  printf 'whole=%s|%s\n' "$(flat "$1" | sed -n 's/.*"pub_key":{[^}]*"value":"\\([^"]*\\)".*/\\1/p')" "$(named "$1")"
  k=$(flat "$1" | sed -n 's/.*"priv_key":{[^}]*"value":"\\([^"]*\\)".*/\\1/p' | base64 -d 2>/dev/null | tail -c +33 | base64 -w0)
  [ -z "$k" ] || printf 'whole=%s|%s\n' "$k" "$(named "$1")"
}`,
    sh`for f in /var/lib/*/*_shard.json /var/lib/*/*/*_shard.json /srv/*/*_shard.json /root/.horcrux/*_shard.json /home/*/.horcrux/*_shard.json ${posix.dirname(path)}/*_shard.json; do shard "$f"; done`,
    sh`for f in /var/lib/*/config/priv_validator_key.json /srv/*/config/priv_validator_key.json /root/.*/config/priv_validator_key.json /home/*/.*/config/priv_validator_key.json; do whole "$f"; done`,
    path.endsWith('_shard.json') ? sh`:` : sh`whole ${path}`,
    signersSaid,
    sh`for f in ${RECORDS}/*; do [ ! -f "$f" ] || printf 'placement=%s\n' "$(cat "$f")"; done`,
    sh`for f in /var/lib/*/state/*_priv_validator_state.json /var/lib/*/state/*_share_sign_state.json /root/.horcrux/state/*_state.json /home/*/.horcrux/state/*_state.json ${statesFor(path)}; do
  [ -f "$f" ] || continue
  n() { flat "$f" | sed -n 's/.*"'$1'":"\\{0,1\\}\\([0-9]*\\).*/\\1/p'; }
  printf 'mark=%s|%s|%s|%s\n' "$(n height)" "$(n round)" "$(n step)" "$(named "$f")"
done; true`,
  ])
}

/** Where CometBFT and tmkms keep how far a whole key has signed. */
function statesFor(path: string): readonly string[] {
  const home = posix.dirname(posix.dirname(path))
  const name = posix.basename(path)
  if (name.endsWith('_shard.json')) return []
  return [`${home}/data/priv_validator_state.json`, `${home}/state/${name.replace(/_consensus\.key$/, '')}.json`]
}

/** What a host said when the roll was called; undefined if that makes no sense. */
export function readAccount(stdout: string): Account | undefined {
  const of = (name: string) => stdout.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))
  const [machine = ''] = of('machine')
  if (!/^[0-9a-f]{32}$/.test(machine)) return undefined
  const found = [...of('shard').map(readShardLine), ...of('whole').map(readWholeLine)].filter((one) => one !== undefined)
  const keys = found.flatMap((one) => ('key' in one ? [one.key] : []))
  return {
    machine,
    keys,
    unread: found.flatMap((one) => ('unread' in one && !keys.some(({ path }) => path === one.unread) ? [one.unread] : [])),
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
  const one = (placement: Placement) => sh`${filesOf(placement)} r=${JSON.stringify(placement)}
t=$(sed -n 's/.*"turn":\\([0-9]*\\).*/\\1/p' "$f" 2>/dev/null)
[ "\${t:-0}" -ge ${placement.turn} ] || { printf '%s\\n' "$r" > "$new" && sync -- "$new" && mv -f -- "$new" "$f"; } || exit 1
[ "$(cat "$f")" = "$r" ] || rc=1`
  return lines([sh`umask 077; rc=0; mkdir -p -m 0700 ${RECORDS} || exit 1`, ...placements.map(one), sh`sync -- ${RECORDS} && exit $rc`])
}

/** Replaces the record of a claim by one that takes it back; of another claim, nothing. Another run may have brought the key there meanwhile. */
export function withdrawRecord(claim: Placement): Script {
  const back: Placement = { ...claim, state: 'leaving', turn: claim.turn + 1 }
  return sh`umask 077; ${filesOf(claim)}
[ "$(cat "$f" 2>/dev/null)" != ${JSON.stringify(claim)} ] || { printf '%s\\n' ${JSON.stringify(back)} > "$new" && mv -f -- "$new" "$f"; }`
}

/**
 * Fails on a host whose own record of a key is not that of this claim any more, and held; and on one that took the name meanwhile, which as a
 * keeper has the record of the machine before it, too.
 */
export function stillHolds({ claim, ...placement }: Placement): Script {
  return sh`case $(cat /etc/machine-id):$(cat ${`${RECORDS}/${recordName({ claim, ...placement })}`} 2>/dev/null) in
${placement.machine}:*'"state":"held"'*${`"claim":"${claim}"`}*) ;;
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

/** Where a record stands, and where it is written first: a half of one begins with a dot, and nobody takes it for a record. */
function filesOf(placement: Placement): Script {
  const name = recordName(placement)
  return sh`f=${`${RECORDS}/${name}`} new=${`${RECORDS}/.${name}.new`}`
}

type Found = { readonly key: FoundKey } | { readonly unread: string } | undefined

function readShardLine(line: string): Found {
  const [key, id, ...rest] = line.split('|')
  const path = rest.join('|')
  const publicKey = plainPublicKey(key)
  if (publicKey === undefined || !/^[1-9]\d*$/.test(id ?? '')) return { unread: path }
  return { key: { publicKey, shard: Number(id), chain: posix.basename(path).replace(/_shard\.json$/, ''), path } }
}

/** Keys of other kinds than ours are longer or shorter, and none of them is the same. */
function readWholeLine(line: string): Found {
  const [key = '', ...rest] = line.split('|')
  const path = rest.join('|')
  const publicKey = plainPublicKey(key)
  if (publicKey !== undefined) return { key: { publicKey, path } }
  return /^[A-Za-z0-9+/]+={0,2}$/.test(key) ? undefined : { unread: path }
}

function readMarkLine(line: string): Account['marks'] {
  const [height, round, step, ...rest] = line.split('|')
  const path = rest.join('|')
  const [, chain = ''] = /([^/]+)_(?:priv_validator|share_sign)_state\.json$/.exec(path) ?? []
  return height === '' ? [] : [{ chain, path, height: Number(height), round: Number(round), step: Number(step) }]
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
