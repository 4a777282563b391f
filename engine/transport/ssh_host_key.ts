import type { ServerHostKeyAlgorithm } from 'ssh2'
import { TransportError } from './host.ts'
import { fingerprint, judge, type KnownHost, knownTypes, needsCertificate } from './known_hosts.ts'
import { readKnownHosts, recordHostKey } from './known_hosts_file.ts'
import { knownHostsFiles } from './known_hosts_files.ts'
import { changedKeyProblem, placeOf, shown, unknownKeyProblem } from './problem.ts'
import type { ConnectOptions } from './connect_options.ts'
import type { HostTarget } from './target.ts'

/** What is on record about a host, and where a new key would be written. */
export interface HostRecord {
  readonly records: readonly KnownHost[]
  /** The file that `accept-new` writes to. */
  readonly file: string
  /** Key types to ask for, those on record first. */
  readonly algorithms: readonly ServerHostKeyAlgorithm[]
  /** Only a certificate authority vouches for it, which ssh2 cannot check. */
  readonly needsCertificate: boolean
}

/** Reads what the operator's known_hosts files say about a host. */
export async function readHostRecord(target: HostTarget, { home }: ConnectOptions): Promise<HostRecord> {
  const files = knownHostsFiles(target, home)
  const records = await readKnownHosts(files)
  const place = placeOf(target)
  const known = knownTypes(records, place).flatMap((type) => ALGORITHMS_OF.get(type) ?? [])
  return {
    records,
    file: files[0] as string,
    algorithms: [...new Set([...known, ...ALGORITHMS])],
    needsCertificate: needsCertificate(records, place),
  }
}

/** Accepts or refuses the key a host offered. Rejects with a `TransportError` that says how to trust it. */
export async function checkHostKey(target: HostTarget, { record, key, notice }: Offer): Promise<void> {
  const verdict = judge(record.records, placeOf(target), key)
  if (verdict.kind === 'known') return
  if (verdict.kind !== 'unknown') throw changedKeyProblem(target, key, verdict.recorded)
  if (record.needsCertificate) throw certificateProblem(target)
  if (target.hostKeyPolicy !== 'accept-new') throw unknownKeyProblem(target, key, record.file)
  // Another connection of this run may have recorded it since.
  const now = await readKnownHosts([record.file])
  const later = judge(now, placeOf(target), key)
  if (later.kind === 'known') return
  if (later.kind !== 'unknown') throw changedKeyProblem(target, key, later.recorded)
  await recordHostKey(record.file, placeOf(target), key)
  notice?.(`recorded the host key of ${shown(target)}: ${fingerprint(key)}`)
}

interface Offer {
  readonly record: HostRecord
  readonly key: Buffer
  readonly notice: ConnectOptions['notice']
}

function certificateProblem(target: HostTarget): TransportError {
  return new TransportError('host-key-unknown', `only a certificate authority vouches for ${shown(target)}`, {
    help: 'set `connection: smart` or `connection: openssh` for the host; OpenSSH checks host certificates',
  })
}

/** Best first; signatures with SHA-1 are not among them. */
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

const ALGORITHMS_OF = new Map<string, readonly ServerHostKeyAlgorithm[]>([
  ...ALGORITHMS.slice(0, 4).map((name) => [name, [name]] as [string, readonly ServerHostKeyAlgorithm[]]),
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
])
