import { createHash, randomBytes } from 'node:crypto'
import { Secret } from '../core/secret.ts'
import { KEY_BYTES, publicKeyOf } from './ed25519.ts'

/** The key that a validator signs blocks with. */
export interface ConsensusKey {
  /** As `cometbft init` writes it to `priv_validator_key.json`. */
  readonly text: Secret
  readonly seed: Uint8Array
  /** In base64, as chains show it. */
  readonly publicKey: string
}

/** A new key; the same seed of 32 bytes gives the same. */
export function newConsensusKey(seed: Uint8Array = randomBytes(KEY_BYTES)): ConsensusKey {
  const publicKey = publicKeyOf(seed)
  const value = Buffer.concat([seed, publicKey]).toString('base64')
  const content = {
    address: hexAddress(publicKey.toString('base64')),
    pub_key: { type: PUBLIC_TYPE, value: publicKey.toString('base64') },
    priv_key: { type: PRIVATE_TYPE, value },
  }
  return keyOf(JSON.stringify(content, null, 2), { seed, value })
}

/**
 * The key in the text of a `priv_validator_key.json`, or in a few words what is wrong with it. What comes out is written anew, so that
 * nothing else of that text goes on to other programs, which may read it differently.
 */
export function readConsensusKey(text: string): ConsensusKey | { readonly wrong: string } {
  const content = contentOf(text)
  if (content === undefined) return { wrong: 'it is no `priv_validator_key.json`' }
  const { address, pub_key, priv_key } = content
  if (priv_key?.type !== PRIVATE_TYPE || typeof priv_key.value !== 'string') return { wrong: 'it holds no ed25519 private key' }
  const bytes = Buffer.from(priv_key.value, 'base64')
  // Other programs refuse what is read here with patience.
  if (bytes.toString('base64') !== priv_key.value) return { wrong: 'its private key is not in base64 as CometBFT writes it' }
  if (bytes.length !== 2 * KEY_BYTES) return { wrong: `its private key has ${bytes.length} bytes instead of ${2 * KEY_BYTES}` }
  const key = keyOf(text, { seed: bytes.subarray(0, KEY_BYTES), value: priv_key.value })
  if (bytes.subarray(KEY_BYTES).toString('base64') !== key.publicKey)
    return { wrong: 'the two halves of its private key do not belong together' }
  if (pub_key?.type !== PUBLIC_TYPE || pub_key.value !== key.publicKey) return { wrong: 'its public key is not that of its private key' }
  return address === hexAddress(key.publicKey) ? newConsensusKey(key.seed) : { wrong: 'its address is not that of its key' }
}

/** The address of a validator, in the form of `priv_validator_key.json` and of a node's `/status`. */
export function hexAddress(publicKey: string): string {
  return addressBytes(publicKey).toString('hex').toUpperCase()
}

/** The twenty bytes that every form of a validator's address is made of. */
export function addressBytes(publicKey: string): Buffer {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest().subarray(0, ADDRESS_BYTES)
}

const PUBLIC_TYPE = 'tendermint/PubKeyEd25519'
const PRIVATE_TYPE = 'tendermint/PrivKeyEd25519'
const ADDRESS_BYTES = 20

interface KeyPart {
  readonly type?: unknown
  readonly value?: unknown
}

interface KeyFile {
  readonly address?: unknown
  readonly pub_key?: KeyPart
  readonly priv_key?: KeyPart
}

function keyOf(text: string, { seed, value }: { readonly seed: Uint8Array; readonly value: string }): ConsensusKey {
  // Named so that no form of it is ever shown: the file, its line, the seed alone.
  for (const part of [value, Buffer.from(seed).toString('base64'), Buffer.from(seed).toString('hex')]) new Secret('consensus key', part)
  return { text: new Secret('consensus key', text), seed, publicKey: publicKeyOf(seed).toString('base64') }
}

function contentOf(text: string): KeyFile | undefined {
  try {
    const content: unknown = JSON.parse(text)
    return typeof content === 'object' && content !== null ? content : undefined
  } catch {
    return undefined
  }
}
