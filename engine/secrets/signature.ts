/** A detached OpenPGP signature, as it was fetched, and the public key or keys that may have made it. */
export interface Signed {
  readonly signature: Uint8Array
  readonly keys: string
}

/** Why the bytes do not count as signed by one of the keys; undefined if they are. */
export async function signatureFault(bytes: Uint8Array, { signature, keys }: Signed): Promise<string | undefined> {
  const { createMessage, verify } = await import('openpgp')
  const verificationKeys = await keysIn(keys)
  if (verificationKeys.length === 0) return 'what should be the public key cannot be read'
  const read = await readAny(signature)
  if (read === undefined) return 'what should be the signature cannot be read'
  const message = await createMessage({ binary: bytes })
  const { signatures } = await verify({ message, signature: read, verificationKeys, format: 'binary' })
  const faults = await Promise.all(
    signatures.map(({ verified, keyID }) =>
      verified.then(
        () => undefined,
        (error: Error) => plainly(error, keyID.toHex()),
      ),
    ),
  )
  return faults.some((fault) => fault === undefined) ? undefined : faults.join('; ') || 'it holds no signature'
}

/** A file of keys is often several exports, one after the other, of which the library reads the first. */
async function keysIn(text: string) {
  const { readKeys } = await import('openpgp')
  const exports = text.match(/-----BEGIN PGP PUBLIC KEY BLOCK-----.*?-----END PGP PUBLIC KEY BLOCK-----/gs) ?? []
  const read = await Promise.all(exports.map((armoredKeys) => readKeys({ armoredKeys }).catch(() => [])))
  return read.flat()
}

/** Armoured or not: both are published. */
async function readAny(bytes: Uint8Array) {
  const { readSignature } = await import('openpgp')
  const text = Buffer.from(bytes).toString('latin1')
  const reading = text.includes('-----BEGIN PGP SIGNATURE-----')
    ? readSignature({ armoredSignature: text })
    : readSignature({ binarySignature: bytes })
  return await reading.catch(() => undefined)
}

function plainly({ message }: Error, id: string): string {
  const key = id.toUpperCase()
  if (/could not find/i.test(message)) return `it was made by another key, ${key}`
  if (/digest|verification failed/i.test(message)) return `the key ${key} signed something else`
  return `the signature by the key ${key} does not count: ${message}`
}
