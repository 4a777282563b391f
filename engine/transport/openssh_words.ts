import { quote } from '../core/script.ts'
import { knownHostsFiles } from './known_hosts_files.ts'
import { expandHome } from './ssh_keys.ts'
import { DEFAULT_KEEPALIVE_MS, DEFAULT_TIMEOUT_MS, type HostTarget } from './target.ts'

export interface Wording {
  readonly home: string
  /** The path of the socket through which commands reach the master. */
  readonly socket: string
  /** Whether `ssh` may ask for passphrases and passwords. */
  readonly asks: boolean
}

/** The line the master prints once it is logged in and takes commands. */
export const READY = 'holdfast-ready'

/** The words of the process that holds the connection. */
export function masterWords(target: HostTarget, wording: Wording): readonly string[] {
  const own = [
    '-M',
    '-N',
    '-S',
    wording.socket,
    ...option('LogLevel', 'DEBUG1'),
    ...option('PermitLocalCommand', 'yes'),
    ...option('LocalCommand', `echo ${READY}`),
  ]
  return ['ssh', ...own, ...common(target, wording), '--', target.address]
}

/** The words of one command through the master. They open no connection of their own, whatever happens. */
export function commandWords(
  target: HostTarget,
  { socket, command }: { readonly socket: string; readonly command: string },
): readonly string[] {
  return ['ssh', '-F', 'none', '-S', socket, '-T', '-x', '-a', ...option('ProxyCommand', 'false'), '--', target.address, command]
}

export function exitWords(target: HostTarget, socket: string): readonly string[] {
  return ['ssh', '-F', 'none', '-S', socket, '-O', 'exit', '--', target.address]
}

function common(target: HostTarget, { home, asks }: Wording): readonly string[] {
  const { user, port, keyFiles = [], keepaliveMs = DEFAULT_KEEPALIVE_MS, timeoutMs = DEFAULT_TIMEOUT_MS, agent, password } = target
  return [
    ...['-T', '-x', '-a'],
    ...option('BatchMode', asks ? 'no' : 'yes'),
    ...option('NumberOfPasswordPrompts', '1'),
    ...(password ? [] : [...option('PasswordAuthentication', 'no'), ...option('KbdInteractiveAuthentication', 'no')]),
    ...option('StrictHostKeyChecking', target.hostKeyPolicy === 'accept-new' ? 'accept-new' : 'yes'),
    ...(target.knownHostsFiles?.length ? option('UserKnownHostsFile', knownHostsFiles(target, home).map(inConfig).join(' ')) : []),
    ...option('ConnectTimeout', String(Math.ceil(timeoutMs / 1000))),
    ...option('ConnectionAttempts', '1'),
    ...option('ServerAliveInterval', String(Math.ceil(keepaliveMs / 1000))),
    ...option('ServerAliveCountMax', '3'),
    ...option('ClearAllForwardings', 'yes'),
    ...option('RemoteCommand', 'none'),
    ...option('Compression', 'no'),
    ...(user ? ['-l', user] : []),
    ...(port ? ['-p', String(port)] : []),
    ...(agent ? option('IdentityAgent', inConfig(agent)) : []),
    ...keyFiles.flatMap((file) => ['-i', expandHome(file, home)]),
    ...(keyFiles.length > 0 ? option('IdentitiesOnly', 'yes') : []),
    ...proxy(target, { home, asks }),
    ...(target.sshWords ?? []),
  ]
}

/** `-J` would leave our keys and host key checks out of the jumps, so each jump is an `ssh -W` with words of its own. */
function proxy({ jumps = [], proxyCommand }: HostTarget, { home, asks }: Omit<Wording, 'socket'>): readonly string[] {
  const nearest = jumps.at(-1)
  if (proxyCommand) return option('ProxyCommand', proxyCommand)
  if (!nearest) return []
  const jump: HostTarget = { ...nearest, jumps: jumps.slice(0, -1) }
  const apart = [...option('ControlMaster', 'no'), ...option('ControlPath', 'none'), ...option('PermitLocalCommand', 'no')]
  const words = ['ssh', ...apart, ...common(jump, { home, asks, socket: '' })]
  // Percent signs are doubled once for each level of nesting; `%h` and `%p` are for this one.
  const escaped = words.map((word) => quote(word).replaceAll('%', '%%')).join(' ')
  return option('ProxyCommand', `${escaped} -W '[%h]:%p' -- ${quote(jump.address).replaceAll('%', '%%')}`)
}

function option(name: string, value: string): readonly string[] {
  return ['-o', `${name}=${value}`]
}

/** One word of a line of ssh_config. */
function inConfig(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`
}
