import { quote } from '../core/script.ts'
import { TransportError, type TransportProblem } from './host.ts'
import { recordedName } from './known_hosts.ts'
import { homeOfAccount, knownHostsFiles } from './known_hosts_files.ts'
import { droppedProblem, placeOf, shown, startProblem, text, timeoutProblem } from './problem.ts'
import type { HostTarget } from './target.ts'

/** Why `ssh` could not log in, from what it printed at `LogLevel DEBUG1`. */
export function opensshProblem(target: HostTarget, { printed, home }: { readonly printed: string; readonly home: string }): TransportError {
  const lines = printed.split(/\r?\n/).filter((line) => line && !/^debug\d:/.test(line))
  const found = lines.flatMap((line) => CAUSES.filter(({ pattern }) => pattern.test(line)).map((cause) => ({ ...cause, line })))[0]
  // Not `lost`: nothing has run on the host yet that could have been cut off.
  if (!found) return notLoggedIn(target, text(lines.at(-1) ?? '`ssh` ended without a word'))
  if (found.problem === 'host-key-changed') return changed(target, printed)
  if (found.problem === 'host-key-unknown') return unknown(target, { printed, home })
  if (found.problem === 'timeout') return timeoutProblem(target)
  if (found.problem === 'lost') return droppedProblem(target)
  if (found.problem === 'start') return startProblem(target, text(found.line))
  if (found.problem === 'authentication') return refusedLogin(target, printed)
  return new TransportError(found.problem, `${shown(target)}: ${text(found.line)}`, {
    ...(found.help && { help: found.help }),
    retryable: found.problem !== 'resolve' || /Temporary failure/.test(found.line),
  })
}

interface Cause {
  readonly pattern: RegExp
  readonly problem: TransportProblem
  readonly help?: string
}

/** The first line that matches tells the cause: what a jump says comes before what follows from it. */
const CAUSES: readonly Cause[] = [
  { pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY|host key .*revoked/i, problem: 'host-key-changed' },
  { pattern: /host key is known for|host certificate|Host key verification failed/i, problem: 'host-key-unknown' },
  { pattern: /Could not resolve hostname/, problem: 'resolve', help: 'check the spelling, or set `ansible_host` to an address' },
  { pattern: /Connection refused/, problem: 'refused', help: 'check that sshd runs on the host and that the port is right' },
  { pattern: /No route to host|Network is unreachable|administratively prohibited/, problem: 'unreachable' },
  { pattern: /timed out/i, problem: 'timeout' },
  { pattern: /Permission denied|authentication failures|UNPROTECTED PRIVATE KEY|no such identity/i, problem: 'authentication' },
  { pattern: /Unable to negotiate|Bad configuration|Bad owner|bad permissions|terminating, \d+ bad/i, problem: 'start' },
  { pattern: /kex_exchange_identification|banner exchange|Connection (closed|reset)|closed by remote/, problem: 'lost' },
]

function notLoggedIn(target: HostTarget, reason: string): TransportError {
  return new TransportError('dropped', `could not log in to ${shown(target)}: ${reason}`, { retryable: true })
}

function changed(target: HostTarget, printed: string): TransportError {
  const offered = /SHA256:[\w+/]+/.exec(printed.slice(printed.indexOf('fingerprint for')))?.[0] ?? offeredKey(printed).fingerprint
  const [, file = '', line = ''] = /(?:Offending \S+ key in|Offending key for IP in) (.+):(\d+)/.exec(printed) ?? []
  const forget = file && `ssh-keygen -R ${quote(recordedName(placeOf(target)))} -f ${quote(file)}`
  const help = `if the host was really set up anew, compare the fingerprint with its console, then run: ${forget || 'ssh-keygen -R HOST'}`
  const where = file ? ` (on record in ${file}:${line})` : ''
  return new TransportError('host-key-changed', `the key of ${shown(target)} is not the one on record, offered ${offered}${where}`, {
    help,
  })
}

function unknown(target: HostTarget, { printed, home }: { readonly printed: string; readonly home: string }): TransportError {
  const { type, fingerprint } = offeredKey(printed)
  const place = placeOf(target)
  const [file = ''] = knownHostsFiles(target, home, homeOfAccount(home))
  const scan = `ssh-keyscan -p ${place.port} -t ${type} ${quote(place.address)} >> ${quote(file)}`
  const help = `compare the fingerprint with the host's own console, then run: ${scan}`
  return new TransportError('host-key-unknown', `the ${type} key of ${shown(target)} is not on record: ${fingerprint}`, { help })
}

/** The last key that was offered: before it come those of the jumps, which were accepted. */
function offeredKey(printed: string): { readonly type: string; readonly fingerprint: string } {
  const all = [...printed.matchAll(/Server host (?:key|certificate): (\S+) (SHA256:\S+?),?(?:\s|$)/g)]
  const [, type = 'host', fingerprint = 'no fingerprint given'] = all.at(-1) ?? []
  return { type: type.replace(/^ssh-/, '').replace(/^ecdsa-.*/, 'ecdsa'), fingerprint }
}

function refusedLogin(target: HostTarget, printed: string): TransportError {
  const tried = [...printed.matchAll(/Offering public key: (\S+)/g)].map(([, file]) => text(file))
  const takes = /Permission denied \(([\w,-]+)\)/.exec(printed)?.[1]
  const offered = tried.length > 0 ? `refused ${tried.join(', ')}` : 'was offered no key it knows'
  return new TransportError('authentication', `${shown(target)} ${offered}${takes ? `; it takes ${takes}` : ''}`, {
    help: `add the public key to \`authorized_keys\` of ${target.user ? `\`${target.user}\`` : 'the user'} on the host, or name another key with \`ansible_ssh_private_key_file\``,
  })
}
