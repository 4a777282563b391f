import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'

/** Bytes of a seed, of a public key and of a shard. */
export const KEY_BYTES = 32

/** The public key that belongs to a seed. */
export function publicKeyOf(seed: Uint8Array): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES)
}

/** The number that a seed signs with, as RFC 8032 makes it, reduced to the order of the group. */
export function scalarOf(seed: Uint8Array): bigint {
  const half = createHash('sha512').update(seed).digest().subarray(0, KEY_BYTES)
  half[0] = (half[0] ?? 0) & 0xf8
  half[KEY_BYTES - 1] = ((half[KEY_BYTES - 1] ?? 0) & 0x7f) | 0x40
  return modulo(numberIn(half))
}

/** The number that these bytes hold, the lowest first. */
export function numberIn(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}

/** The secret that shares of Shamir's scheme lead back to: the value at 0 of the only polynomial through all of them. */
export function combined(shares: readonly Share[]): bigint {
  const terms = shares.map((share) => {
    const others = shares.filter(({ id }) => id !== share.id)
    const above = others.reduce((product, { id }) => modulo(product * BigInt(-id)), 1n)
    const below = others.reduce((product, { id }) => modulo(product * BigInt(share.id - id)), 1n)
    return modulo(share.value * above) * inverse(below)
  })
  return modulo(terms.reduce((sum, term) => sum + term, 0n))
}

export interface Share {
  readonly id: number
  readonly value: bigint
}

/** The number of points in the group that signatures live in. */
const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n

// What stands before the 32 bytes of an ed25519 seed in PKCS #8, and before nothing else: RFC 8410, section 7.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

function modulo(value: bigint): bigint {
  const rest = value % ORDER
  return rest < 0n ? rest + ORDER : rest
}

/** By Fermat: the order is a prime. */
function inverse(value: bigint): bigint {
  let [result, base, exponent] = [1n, modulo(value), ORDER - 2n]
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = modulo(result * base)
    base = modulo(base * base)
  }
  return result
}
