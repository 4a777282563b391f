import { type Diagnostic, reject } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import type { Node } from '../core/node.ts'
import type { Become as BecomeKeyword, Connecting } from '../core/plan.ts'
import { Secret } from '../core/secret.ts'
import { asBoolean } from '../playbook/coerce.ts'
import { truthOf } from '../playbook/keyword_value.ts'
import { render, type Scope } from '../playbook/scope.ts'
import { force } from '../playbook/term.ts'
import type { As } from '../session/as.ts'
import type { Become } from '../transport/become.ts'
import { parseSshArgs, type SshArgs } from '../transport/ssh_args.ts'
import type { Hop } from '../transport/ssh_args_option.ts'
import type { ConnectionKind, HostTarget } from '../transport/target.ts'

/** What the command line says about reaching hosts; an inventory's variables are stronger. */
export interface ReachDefaults
  extends Partial<Pick<HostTarget, 'user' | 'keyFiles' | 'connection' | 'hostKeyPolicy' | 'knownHostsFiles' | 'timeoutMs' | 'agent'>> {
  readonly becomePassword?: Secret
}

/** How a host is reached, from its variables under Ansible's names. Rejects what cannot be honoured. */
export function targetOf(
  name: string,
  scope: Scope,
  { defaults, keyword = {} }: { defaults: ReachDefaults; keyword?: Connecting },
): HostTarget {
  const text = (variable: string, node?: Node): string | undefined => variableOrKeyword(scope, variable, node)
  const { jumps, ...said } = sshArgs(name, scope)
  const keyFile = text('ansible_ssh_private_key_file') ?? text('ansible_private_key_file')
  const port = portOf(name, text('ansible_port', keyword.port))
  const user = text('ansible_user', keyword.remoteUser) ?? defaults.user
  return {
    ...defaults,
    connection: connectionKind(text('ansible_connection', keyword.connection) ?? defaults.connection),
    ...said,
    ...(jumps && { jumps: jumps.map((hop) => jumpOf(checkedHop(name, hop), defaults)) }),
    name,
    address: addressOf(name, text('ansible_host')),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user: userOf(name, user) }),
    ...(keyFile !== undefined && { keyFiles: [keyFile] }),
    ...passwordOf(scope, { names: ['ansible_password', 'ansible_ssh_pass'], label: `password of ${name}` }),
  }
}

/**
 * As with `ssh -J`, what is said of a host is said of that host alone: a hop has the operator's agent and usual keys and the rules of
 * the project for host keys, and neither the keys, the user, the password nor the other options of the host behind it.
 */
function jumpOf(hop: Hop, { user: _user, keyFiles: _keyFiles, becomePassword: _password, ...common }: ReachDefaults): HostTarget {
  return { ...common, ...hop, name: hop.address, connection: 'ssh' }
}

/** An empty address would be this machine, and one that begins with `-` an option of some program. */
function addressOf(name: string, address = name): string {
  if (isPlainWord(address)) return address
  const said = address === name ? `the name of the host \`${name}\`` : `\`ansible_host\` of \`${name}\``
  return reject({
    code: 'connection',
    message: `${said} is no address: \`${address}\``,
    help: `set \`ansible_host\` to a name or an address${address.startsWith('-') ? ', which cannot begin with `-`' : ''}`,
  })
}

function userOf(name: string, user: string): string {
  if (isPlainWord(user)) return user
  return reject({
    code: 'connection',
    message: `\`${user}\` cannot be the user to log in to \`${name}\` with`,
    help: 'set `ansible_user` to a name that holds no spaces and does not begin with `-`',
  })
}

function checkedHop(name: string, hop: Hop): Hop {
  const wrong = [hop.address, hop.user].find((part) => part !== undefined && !isPlainWord(part))
  if (wrong === undefined) return hop
  return reject({
    code: 'connection',
    message: `\`${wrong}\` cannot stand among the jump hosts of \`${name}\``,
    help: 'name each as `user@address:port`; neither user nor address begins with `-`',
  })
}

function isPlainWord(text: string): boolean {
  return /^[^-\s\p{Cc}][^\s\p{Cc}]*$/u.test(text)
}

function portOf(name: string, port: string | undefined): number | undefined {
  if (port === undefined) return undefined
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0
  if (number > 0 && number < 65_536) return number
  return reject({
    code: 'connection',
    message: `\`${port}\` is no port for \`${name}\``,
    help: 'set `ansible_port` to a number from 1 to 65535',
  })
}

/** Whose shell a task wants: Ansible's variables are stronger than the keywords. */
export function asOf(keyword: BecomeKeyword | undefined, scope: Scope, fallback: Secret | undefined): As {
  const enabled = keyword?.enabled ?? false
  const wanted = read(scope, 'ansible_become') ?? (typeof enabled === 'boolean' ? enabled : truthOf(enabled, { keyword: 'become', scope }))
  if (!(asBoolean(wanted) ?? notYesOrNo('ansible_become', wanted))) return undefined
  return {
    method: becomeMethod(variableOrKeyword(scope, 'ansible_become_method', keyword?.method) ?? 'sudo'),
    user: variableOrKeyword(scope, 'ansible_become_user', keyword?.user) ?? 'root',
    ...(fallback && { password: fallback }),
    ...passwordOf(scope, { names: ['ansible_become_password', 'ansible_become_pass'], label: 'become password' }),
  }
}

/** How root's shell is had on a host, whatever its tasks ask for. */
export function asRoot(keyword: BecomeKeyword | undefined, scope: Scope, fallback: Secret | undefined): Become {
  return {
    method: becomeMethod(variableOrKeyword(scope, 'ansible_become_method', keyword?.method) ?? 'sudo'),
    user: 'root',
    ...(fallback && { password: fallback }),
    ...passwordOf(scope, { names: ['ansible_become_password', 'ansible_become_pass'], label: 'become password' }),
  }
}

/** Neither yes nor no must not quietly count as no. */
function notYesOrNo(variable: string, value: Value): never {
  const message = `\`${variable}\` must be yes or no, not \`${JSON.stringify(value)}\``
  return reject({ code: 'connection', message, help: 'set it to `true` or `false`' })
}

function variableOrKeyword(scope: Scope, variable: string, node: Node | undefined): string | undefined {
  return textOf(read(scope, variable), variable) ?? (node && textOf(render(node, scope), keywordOf(variable)))
}

/** The keyword of a play or task that says what the variable says. */
function keywordOf(variable: string): string {
  return variable === 'ansible_user' ? 'remote_user' : variable.replace(/^ansible_/, '')
}

function passwordOf(scope: Scope, { names, label }: { names: readonly string[]; label: string }): { readonly password?: Secret } {
  const value = names.map((name) => read(scope, name)).find((one) => one !== undefined && one !== null)
  if (value === undefined) return {}
  return { password: value instanceof Secret ? value : new Secret(label, String(value)) }
}

function sshArgs(name: string, scope: Scope): SshArgs['target'] {
  const variables = ['ansible_ssh_common_args', 'ansible_ssh_extra_args']
  const args = variables.map((variable) => textOf(read(scope, variable), variable) ?? '').join(' ')
  const { target, problems } = parseSshArgs(args)
  return problems.length > 0 ? reject(refusedArgs(name, args, problems)) : target
}

function becomeMethod(method: string): 'sudo' | 'su' | 'doas' {
  if (method === 'sudo' || method === 'su' || method === 'doas') return method
  return reject({ code: 'become-method', message: `there is no become method \`${method}\``, help: 'use `sudo`, `su` or `doas`' })
}

function connectionKind(kind: string | undefined): ConnectionKind {
  if (kind === undefined || kind === 'smart') return 'smart'
  if (kind === 'ssh' || kind === 'openssh' || kind === 'local') return kind
  return reject({ code: 'connection', message: `there is no connection \`${kind}\``, help: 'use `ssh`, `openssh`, `local` or `smart`' })
}

function refusedArgs(name: string, args: string, problems: readonly Diagnostic[]): Diagnostic {
  const [first] = problems
  return {
    code: 'ssh-args',
    message: `cannot honour the ssh arguments of \`${name}\`: ${first?.message ?? args}`,
    help: first?.help ?? 'set `ansible_connection: openssh` for this host',
  }
}

function read(scope: Scope, name: string): Value | undefined {
  const term = scope.lookup(name)
  return term === undefined ? undefined : force(term)
}

function textOf(value: Value | undefined, what: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'object') return reject({ code: 'connection', message: `\`${what}\` is no plain text`, help: 'write a string' })
  return String(value)
}
