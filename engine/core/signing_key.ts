import { createPrivateKey, createPublicKey } from 'node:crypto'

/** What the text of a key that signs for a validator tells of it; nothing of this is secret. */
export interface SigningKey {
  /** The validator's public key: 32 bytes, in base64. */
  readonly publicKey: string
  /** The number of the shard; left out of a key that signs by itself. */
  readonly shard?: number
}

/** What a change does with a key that signs, for the guard against a second signer. */
export interface Signing {
  /** A key is brought here; what reads it is started; it is taken away. */
  readonly what: 'place' | 'start' | 'release'
  readonly chain: string
  /** Left out, the key is the one that lies at `path`. */
  readonly key?: SigningKey
  /** Which splitting of a key a shard is from. */
  readonly generation?: string
  readonly path: string
  /** Places that cannot sign any more, as the operator says: `HOST/MACHINE` or `HOST`. */
  readonly vouched: readonly string[]
  /** The validator gets another key. */
  readonly replaces: boolean
}

/** What a `CHAIN_shard.json` of Horcrux says of itself; undefined when the text is no such file. */
export function readShard(text: string): Required<SigningKey> | undefined {
  const { pubKey, privateShard, id } = fieldsOf(text)
  const publicKey = plainPublicKey(pubKey)
  if (publicKey === undefined || bytesOf(privateShard)?.length !== KEY_BYTES || !isShardId(id)) return undefined
  return { publicKey, shard: id }
}

/** What the `ecies_keys.json` of a cosigner says of itself: whose it is, and of how many; undefined when the text is no such file. */
export function readEciesKeys(text: string): { readonly shard: number; readonly cosigners: number } | undefined {
  const { eciesKey, eciesPubs, id } = fieldsOf(text)
  if (bytesOf(eciesKey) === undefined || !Array.isArray(eciesPubs) || !isShardId(id)) return undefined
  return { shard: id, cosigners: eciesPubs.length }
}

/** The public half of a whole consensus key: a `priv_validator_key.json`, or the base64 of a softsign key; undefined when the text is neither. */
export function readConsensusKey(text: string): SigningKey | undefined {
  const { priv_key: key } = fieldsOf(text)
  const bytes = bytesOf(key === undefined ? text.trim() : (key as { readonly value?: unknown } | null)?.value)
  if (bytes?.length !== KEY_BYTES && bytes?.length !== 2 * KEY_BYTES) return undefined
  return { publicKey: publicKeyOf(bytes.subarray(0, KEY_BYTES)) }
}

/** A public key as Horcrux writes it, with what protobuf puts before it, or alone: the 32 bytes in base64. Undefined for anything else. */
export function plainPublicKey(value: unknown): string | undefined {
  const bytes = bytesOf(value)
  if (bytes?.length === KEY_BYTES) return bytes.toString('base64')
  if (bytes?.length !== KEY_BYTES + 2 || bytes[0] !== 0x0a || bytes[1] !== KEY_BYTES) return undefined
  return bytes.subarray(2).toString('base64')
}

const KEY_BYTES = 32

// What stands before the 32 bytes of an ed25519 seed in PKCS #8, and before nothing else: RFC 8410, section 7.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

function publicKeyOf(seed: Uint8Array): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES).toString('base64')
}

function isShardId(id: unknown): id is number {
  return Number.isInteger(id) && (id as number) > 0
}

/** The bytes of a base64 text that holds nothing else. */
function bytesOf(value: unknown): Buffer | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(value) ? Buffer.from(value, 'base64') : undefined
}

function fieldsOf(text: string): { readonly [field: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as { readonly [field: string]: unknown }) : {}
  } catch {
    return {}
  }
}
