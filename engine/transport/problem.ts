import { quote } from '../core/script.ts'
import { TransportError } from './host.ts'
import { fingerprint, type KnownHost, keyType, type Place, recordedName } from './known_hosts.ts'
import { DEFAULT_PORT, type HostTarget } from './target.ts'

/** `sentry-1 (10.0.0.5 port 22)`, as messages name a host. */
export function shown(target: HostTarget): string {
  return `\`${target.name}\` (${target.address} port ${target.port ?? DEFAULT_PORT})`
}

/** The problem behind an error of the operating system while a connection was made or in use. */
export function systemProblem(error: unknown, target: HostTarget): TransportError {
  const code = codeOf(error)
  const where = shown(target)
  if (code === 'ECONNREFUSED') {
    const help = 'check that sshd runs on the host and that the port is right'
    return new TransportError('refused', `${where} refused the connection`, { help, retryable: true })
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA') {
    const help = 'check the spelling, or set `ansible_host` to an address'
    return new TransportError('resolve', `could not resolve the address of ${where}`, { help, retryable: code === 'EAI_AGAIN' })
  }
  if (code === 'ETIMEDOUT') return timeoutProblem(target)
  if (UNREACHABLE.has(code)) {
    return new TransportError('unreachable', `no route to ${where} (${code})`, { retryable: true })
  }
  return lostProblem(target, text(error))
}

/** The host, or what is between, did not answer in time. */
export function timeoutProblem(target: HostTarget): TransportError {
  const help = 'check the address and that no firewall drops the packets'
  return new TransportError('timeout', `${shown(target)} did not answer in time`, { help, retryable: true })
}

export function lostProblem(target: HostTarget, reason: string): TransportError {
  return new TransportError('lost', `lost the connection to ${shown(target)}: ${reason}`, { retryable: true })
}

/** The host hung up before the login was done, as a busy sshd does, and one whose PAM lets this account in no more. */
export function droppedProblem(target: HostTarget): TransportError {
  const help =
    'its sshd log says why (`journalctl -u ssh`): an account that has ended (`chage -l USER`), or `MaxStartups` and `PerSourcePenalties`'
  return new TransportError('dropped', `${shown(target)} closed the connection before the login`, { help, retryable: true })
}

export function startProblem(target: HostTarget, reason: string): TransportError {
  return new TransportError('start', `could not start a command on ${shown(target)}: ${reason}`)
}

/** A host that offers a key nobody has recorded. */
export function unknownKeyProblem(target: HostTarget, key: Buffer, file: string): TransportError {
  const help = `compare the fingerprint with the host's own console, then run: ${trustCommand(target, { key, file })}`
  return new TransportError('host-key-unknown', `the ${shortType(key)} key of ${shown(target)} is not on record: ${fingerprint(key)}`, {
    help,
  })
}

/** A host that offers another key than the one on record, or a revoked one. */
export function changedKeyProblem(target: HostTarget, key: Buffer, recorded: KnownHost): TransportError {
  const where = `${recorded.file}:${recorded.line}`
  if (recorded.marker === 'revoked') {
    return new TransportError('host-key-changed', `the key of ${shown(target)} is revoked: ${fingerprint(key)} (${where})`, {
      help: 'give the host a new key; someone may hold the old one',
    })
  }
  const place = placeOf(target)
  const forget = `ssh-keygen -R ${quote(recordedName(place))} -f ${quote(recorded.file)}`
  const help = `if the host was really set up anew, compare the fingerprint with its console, then run: ${forget} && ${trustCommand(target, { key, file: recorded.file })}`
  const found = `on record ${fingerprint(recorded.key)} (${where}), offered ${fingerprint(key)}`
  return new TransportError('host-key-changed', `the ${shortType(key)} key of ${shown(target)} is not the one on record: ${found}`, {
    help,
  })
}

/** Text from a host or a program, short and without anything that could drive a terminal. */
export function text(value: unknown): string {
  const raw = value instanceof Error ? value.message : String(value)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go
  const line = raw.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line
}

const LONGEST_TEXT = 300
const UNREACHABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL', 'EACCES', 'EPERM'])

export function placeOf({ address, port }: HostTarget): Place {
  return { address, port: port ?? DEFAULT_PORT }
}

/** What records the key: asked again from the host, or, behind a jump, exactly the key that was seen. */
function trustCommand(target: HostTarget, { key, file }: { readonly key: Buffer; readonly file: string }): string {
  const place = placeOf(target)
  const record = `${recordedName(place)} ${keyType(key)} ${key.toString('base64')}`
  if (target.jumps?.length) return `echo ${quote(record)} >> ${quote(file)}`
  return `ssh-keyscan -p ${place.port} -t ${shortType(key)} ${quote(place.address)} >> ${quote(file)}`
}

function shortType(key: Buffer): string {
  return keyType(key)
    .replace(/^ssh-/, '')
    .replace(/^ecdsa-.*/, 'ecdsa')
}

/** Happy eyeballs wraps one error for each address into one without a code of its own. */
function codeOf(error: unknown): string {
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: readonly unknown[] }
  const inner = (errors ?? []).map(codeOf)
  return inner.find((one) => one === 'ECONNREFUSED') ?? inner[0] ?? String(code ?? '')
}
