import { createHash, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'

/** The text of a new `node_key.json`, as CometBFT and the Cosmos SDK write it; the same seed of 32 bytes gives the same key. */
export function newNodeKey(seed: Uint8Array = randomBytes(SEED_BYTES)): string {
  const value = Buffer.concat([seed, publicKeyOf(seed)]).toString('base64')
  return JSON.stringify({ priv_key: { type: KEY_TYPE, value } })
}

/** The id by which peers know the node that owns this `node_key.json`; undefined when the text is no such file. */
export function nodeId(text: string): string | undefined {
  const key = privateKeyIn(text)
  // CometBFT takes the second half on trust and would sign with another key than its id says.
  if (key === undefined || !publicKeyOf(key.subarray(0, SEED_BYTES)).equals(key.subarray(SEED_BYTES))) return undefined
  return createHash('sha256').update(key.subarray(SEED_BYTES)).digest('hex').slice(0, ID_DIGITS)
}

const KEY_TYPE = 'tendermint/PrivKeyEd25519'
const SEED_BYTES = 32
const ID_DIGITS = 40

// What stands before the 32 bytes of an ed25519 seed in PKCS #8, and before nothing else: RFC 8410, section 7.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

function publicKeyOf(seed: Uint8Array): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-SEED_BYTES)
}

function privateKeyIn(text: string): Buffer | undefined {
  const value = valueIn(text)
  if (typeof value !== 'string') return undefined
  const key = Buffer.from(value, 'base64')
  return key.length === 2 * SEED_BYTES ? key : undefined
}

function valueIn(text: string): unknown {
  try {
    const { type, value } = JSON.parse(text).priv_key
    return type === KEY_TYPE ? value : undefined
  } catch {
    return undefined
  }
}
