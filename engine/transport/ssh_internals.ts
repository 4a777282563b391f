/** The two places where ssh2 is asked for what its interface does not offer. Both look before they touch. */
import type { Client, NegotiatedAlgorithms, ParsedKey } from 'ssh2'
import type { KeyRing } from './ssh_login.ts'

/**
 * Sends the signature at once where the key is at hand, instead of asking first whether the host would take it: one round
 * trip less for each login. ssh2 has no setting for it, so its protocol object is asked differently; where that object has
 * another shape, the question is asked as before.
 */
export function signUnasked(client: Client, ring: KeyRing, fail: (error: Error) => void): void {
  const protocol = protocolOf(client)
  const ask = protocol?.authPK?.bind(protocol)
  if (!protocol || !ask) return
  protocol.authPK = (user, key, algorithm, sign) => {
    if (sign || !ring.readyFor(key)) return ask(user, key, algorithm, sign)
    const hash = HASH_OF.get(algorithm ?? '')
    return ask(user, key, algorithm, (data, done) => {
      ring.sign(key, data, { hash }, (error: Error | null, signature: Buffer) => (error ? fail(error) : done(signature)))
    })
  }
}

/**
 * Calls back when an attacker in the middle could have cut packets out of the handshake (CVE-2023-48795): with ciphers
 * that allow it, on a host that does not know the strict key exchange.
 */
export function watchHandshake(client: Client, refuse: () => void): void {
  client.once('handshake', (negotiated) => {
    const protocol = protocolOf(client)
    if (isCuttable(negotiated) && protocol?._strictMode !== true) refuse()
  })
}

/** Whether packets can be cut out unnoticed where the key exchange is not strict. */
function isCuttable({ cs, sc }: Pick<NegotiatedAlgorithms, 'cs' | 'sc'>): boolean {
  return [cs, sc].some(({ cipher, mac }) => cipher.startsWith('chacha20') || mac?.includes('-etm@') === true)
}

/** The digest is part of the algorithm's name for RSA only; other kinds of key have one of their own. */
const HASH_OF = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
])

interface Protocol {
  readonly _strictMode?: boolean
  authPK?: (
    user: string,
    key: ParsedKey,
    algorithm: string | undefined,
    sign?: (data: Buffer, done: (signature: Buffer) => void) => void,
  ) => void
}

function protocolOf(client: Client): Protocol | undefined {
  return (client as unknown as { readonly _protocol?: Protocol })._protocol
}
