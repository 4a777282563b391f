import ssh2, { type OpenSSHAgent, type ParsedKey, type SigningRequestOptions } from 'ssh2'
import { TransportError } from './host.ts'
import { text } from './problem.ts'
import type { Identity } from './ssh_keys.ts'

/** The keys an agent holds, those left out that only OpenSSH can use. Rejects when no agent answers at that socket. */
export function agentIdentities(socket: string): Promise<readonly Identity[]> {
  const agent = new ssh2.OpenSSHAgent(socket)
  return new Promise((resolve, reject) => {
    agent.getIdentities((error, keys) => {
      if (error) reject(error)
      else resolve((keys ?? []).filter(isKey).map((key) => identityOf(agent, key)))
    })
  })
}

function isKey(key: object): key is ParsedKey {
  return 'getPublicSSH' in key
}

function identityOf(agent: OpenSSHAgent, key: ParsedKey): Identity {
  const label = `agent key ${text(key.comment || key.type)}`
  return { label, key, ready: false, sign: (data, hash) => signIn(agent, { key, data, hash, label }) }
}

interface Signing {
  readonly key: ParsedKey
  readonly data: Buffer
  readonly hash: string | undefined
  readonly label: string
}

function signIn(agent: OpenSSHAgent, { key, data, hash, label }: Signing): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options: SigningRequestOptions = hash === 'sha256' || hash === 'sha512' ? { hash } : {}
    agent.sign(key, data, options, (error, signature) => {
      if (signature) resolve(signature)
      else
        reject(
          new TransportError('authentication', `the agent did not sign with its key ${text(key.comment)}: ${text(error)}`, {
            help: `unlock the ${label}`,
          }),
        )
    })
  })
}
