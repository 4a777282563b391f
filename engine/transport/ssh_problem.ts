import { TransportError } from './host.ts'
import { droppedProblem, lostProblem, shown, systemProblem, text } from './problem.ts'
import type { Login } from './ssh_login.ts'
import type { HostTarget } from './target.ts'

/** Why a login over ssh2 did not come about. */
export function loginProblem(error: unknown, { target, login }: { readonly target: HostTarget; readonly login: Login }): TransportError {
  const { level, code } = error as { readonly level?: string; readonly code?: unknown }
  const message = text(error)
  if (level === 'client-authentication' || /authentication failures/i.test(message)) return refusedLogin(target, login)
  if (level === 'handshake') return disagreement(target, message)
  if (level === 'client-socket' && code !== 'ECONNRESET') return systemProblem(error, target)
  if (code === 'ECONNRESET' || BEFORE_LOGIN.test(message)) return droppedProblem(target)
  return lostProblem(target, message)
}

/** The host's sshd is too old to keep a handshake whole. */
export function cuttableProblem(target: HostTarget): TransportError {
  const message = `${shown(target)} does not protect its handshake: someone in between could cut packets out of it (CVE-2023-48795)`
  return new TransportError('start', message, { help: 'update sshd on the host, or have it offer `aes256-gcm@openssh.com`' })
}

const BEFORE_LOGIN = /lost before handshake|no response from server/i

function refusedLogin(target: HostTarget, { identities, allowed }: Login): TransportError {
  const tried = [...identities.map(({ label }) => label), ...(target.password ? ['the password'] : [])]
  const offered = tried.length > 0 ? `refused ${tried.join(', ')}` : 'was offered nothing: no key, no agent, no password'
  const takes = allowed.length > 0 ? `; it takes ${allowed.map(text).join(', ')}` : ''
  const help = `add the public key to \`authorized_keys\` of ${target.user ? `\`${target.user}\`` : 'the user'} on the host, or name another key with \`ansible_ssh_private_key_file\``
  return new TransportError('authentication', `${shown(target)} ${offered}${takes}`, { help })
}

function disagreement(target: HostTarget, message: string): TransportError {
  return new TransportError('start', `cannot agree with ${shown(target)} on how to speak: ${message.replace(/^Handshake failed: /, '')}`, {
    help: 'set `connection: openssh` for the host, which knows more algorithms',
  })
}
