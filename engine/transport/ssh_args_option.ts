import { splitWords } from './ssh_args_words.ts'
import type { HostTarget } from './target.ts'

/** What ssh arguments can say about a target. */
export type SshArgsTarget = Partial<
  Pick<
    HostTarget,
    'port' | 'user' | 'keyFiles' | 'agent' | 'proxyCommand' | 'sshWords' | 'hostKeyPolicy' | 'knownHostsFiles' | 'timeoutMs' | 'keepaliveMs'
  >
> & { readonly jumps?: readonly Hop[] }

/** A jump as `-J` names it. */
export interface Hop {
  readonly address: string
  readonly port?: number
  readonly user?: string
}

/** What one `-o Name=value` adds to a target, or why it cannot. */
export function readOption(name: string, value: string, target: SshArgsTarget): SshArgsTarget | string {
  const reader = READERS.get(name.toLowerCase())
  if (reader) return reader(value, target)
  if (HARMLESS.has(name.toLowerCase())) return {}
  return { sshWords: [...(target.sshWords ?? []), '-o', `${name}=${value}`] }
}

type Reader = (value: string, target: SshArgsTarget) => SshArgsTarget | string

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['proxyjump', readJumps],
  ['proxycommand', (value) => (value === 'none' ? {} : { proxyCommand: value })],
  ['identityfile', (value, { keyFiles = [] }) => ({ keyFiles: [...keyFiles, unquoted(value)] })],
  ['identityagent', (value) => ({ agent: unquoted(value) })],
  ['user', (value) => ({ user: value })],
  ['port', (value) => readNumber('Port', value, (port) => ({ port }))],
  ['connecttimeout', (value) => readNumber('ConnectTimeout', value, (seconds) => ({ timeoutMs: seconds * 1000 }))],
  ['serveraliveinterval', (value) => readNumber('ServerAliveInterval', value, (seconds) => ({ keepaliveMs: seconds * 1000 }))],
  ['stricthostkeychecking', readPolicy],
  ['userknownhostsfile', readKnownHostsFiles],
  ['forwardagent', (value) => (value === 'no' ? {} : 'agent forwarding is not available: a host could use the keys of the agent')],
])

/** What a connection of ours does in its own way or leaves out. */
const HARMLESS = new Set(
  `addkeystoagent batchmode checkhostip compression connectionattempts controlmaster controlpath controlpersist forwardx11
  gssapiauthentication gssapidelegatecredentials hashknownhosts identitiesonly kbdinteractiveauthentication loglevel
  numberofpasswordprompts passwordauthentication preferredauthentications pubkeyauthentication requesttty serveralivecountmax
  tcpkeepalive updatehostkeys visualhostkey`.split(/\s+/),
)

function readJumps(value: string): SshArgsTarget | string {
  if (value === 'none') return { jumps: [] }
  const hops = value.split(',').map(readHop)
  return hops.every((hop) => hop !== undefined) ? { jumps: hops } : `\`${value}\` is no list of jump hosts`
}

function readHop(text: string): Hop | undefined {
  const [, user, v6, host, port] = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@[\]\s]+))(?::(\d+))?\/?$/.exec(text.trim()) ?? []
  const address = v6 ?? host
  if (!address) return undefined
  return { address, ...(port && { port: Number(port) }), ...(user && { user }) }
}

function readPolicy(value: string): SshArgsTarget | string {
  if (value === 'yes' || value === 'ask') return { hostKeyPolicy: 'strict' }
  if (value === 'accept-new') return { hostKeyPolicy: 'accept-new' }
  return 'host keys are always checked: `StrictHostKeyChecking=accept-new` is the most that can be had'
}

function readKnownHostsFiles(value: string): SshArgsTarget | string {
  const files = splitWords(value) ?? []
  if (files.includes('/dev/null')) return 'host keys are always checked: `UserKnownHostsFile=/dev/null` would accept any'
  return files.length > 0 ? { knownHostsFiles: files } : {}
}

function readNumber(name: string, value: string, into: (number: number) => SshArgsTarget): SshArgsTarget | string {
  return /^\d+$/.test(value) ? into(Number(value)) : `\`${name}=${value}\` is no number`
}

function unquoted(value: string): string {
  return value.replace(/^"(.*)"$/, '$1')
}
