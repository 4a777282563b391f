import { createHash, createHmac } from 'node:crypto'

/** One usable line of a known_hosts file. */
export interface KnownHost {
  readonly file: string
  readonly line: number
  readonly marker?: 'cert-authority' | 'revoked'
  /** The first field as written: names, patterns, or one hashed name. */
  readonly hosts: string
  readonly type: string
  readonly key: Buffer
}

export interface Place {
  readonly address: string
  readonly port: number
}

/** What the record says about a key that a host offered. */
export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown'; readonly others: readonly KnownHost[] }
  | { readonly kind: 'changed'; readonly recorded: KnownHost }
  | { readonly kind: 'revoked'; readonly recorded: KnownHost }

/** Reads a known_hosts file. Lines that OpenSSH would pass over (comments, broken keys, version 1) are left out. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split('\n').flatMap((line, i) => parseLine(line, { file, line: i + 1 }))
}

/** Judges the key a host offered, as OpenSSH does: a port that has no record of its own may be vouched for by the bare name. */
export function judge(records: readonly KnownHost[], place: Place, key: Buffer): Verdict {
  const type = keyType(key)
  const revoked = records.find((record) => record.marker === 'revoked' && record.key.equals(key) && matchesPlace(record, place))
  if (revoked) return { kind: 'revoked', recorded: revoked }
  const own = plainRecords(records, place)
  if (own.some((record) => record.key.equals(key))) return { kind: 'known' }
  const changed = own.find((record) => record.type === type)
  if (changed) return { kind: 'changed', recorded: changed }
  const bare = records.filter((record) => !record.marker && matchesHost(record.hosts, place.address))
  if (bare.some((record) => record.key.equals(key))) return { kind: 'known' }
  return { kind: 'unknown', others: own }
}

/** The key types on record for a host, so that it is asked for one of these first. */
export function knownTypes(records: readonly KnownHost[], place: Place): readonly string[] {
  const own = plainRecords(records, place)
  const bare = records.filter((record) => !record.marker && matchesHost(record.hosts, place.address))
  return [...new Set([...own, ...bare].map(({ type }) => type))]
}

/** Whether only a certificate authority vouches for the host. */
export function needsCertificate(records: readonly KnownHost[], place: Place): boolean {
  const authority = records.some((record) => record.marker === 'cert-authority' && matchesPlace(record, place))
  return authority && knownTypes(records, place).length === 0
}

/** Whether the first field of a line speaks of this name; one matching `!pattern` excludes it. */
export function matchesHost(field: string, name: string): boolean {
  const lower = name.toLowerCase()
  if (field.startsWith('|1|')) return matchesHashed(field, lower)
  const patterns = field.split(',').filter(Boolean)
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesPattern(pattern.slice(1), lower))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, lower))
}

/** The name under which a host stands in known_hosts: `[host]:port` unless the port is 22. */
export function recordedName({ address, port }: Place): string {
  return port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`
}

/** `SHA256:…`, as `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The type a public key names itself: `ssh-ed25519`. */
export function keyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0
  return key.subarray(4, 4 + length).toString('latin1')
}

function parseLine(text: string, at: { readonly file: string; readonly line: number }): readonly KnownHost[] {
  const fields = text.trim().split(/[ \t]+/)
  const marker = MARKERS.get(fields[0] ?? '')
  if (fields[0]?.startsWith('#') || (fields[0]?.startsWith('@') && !marker)) return []
  const [hosts, type, base64] = marker ? fields.slice(1) : fields
  if (!hosts || !type || !base64) return []
  const key = Buffer.from(base64, 'base64')
  if (keyType(key) !== type) return []
  return [{ ...at, ...(marker && { marker }), hosts, type, key }]
}

const MARKERS = new Map([
  ['@cert-authority', 'cert-authority'],
  ['@revoked', 'revoked'],
] as const) as ReadonlyMap<string, 'cert-authority' | 'revoked'>

function plainRecords(records: readonly KnownHost[], place: Place): readonly KnownHost[] {
  return records.filter((record) => !record.marker && matchesPlace(record, place))
}

function matchesPlace(record: KnownHost, place: Place): boolean {
  return matchesHost(record.hosts, recordedName(place))
}

function matchesHashed(field: string, name: string): boolean {
  const [, , salt = '', hash = ''] = field.split('|')
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
}

function matchesPattern(pattern: string, name: string): boolean {
  const expression = pattern.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, (special) => {
    if (special === '*') return '.*'
    return special === '?' ? '.' : `\\${special}`
  })
  return new RegExp(`^${expression}$`, 's').test(name)
}
