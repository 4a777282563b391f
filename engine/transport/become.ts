import { quote } from '../core/script.ts'
import type { Secret } from '../core/secret.ts'
import { TransportError } from './host.ts'
import { text } from './problem.ts'

/** How a shell of another user is opened. */
export interface Become {
  readonly method: 'sudo' | 'su' | 'doas'
  readonly user: string
  readonly password?: Secret
}

export interface ShellRequest {
  readonly become?: Become
  /** Script text that runs first; see `INITIAL_LIMIT_BYTES`. */
  readonly initial?: string
  /** A random word, printed on both streams once the shell runs, and part of the prompt that asks for a password. */
  readonly nonce: string
  /** The command ends with the initial script; left out, a shell that reads stdin follows it. */
  readonly initialOnly?: boolean
}

/**
 * The most an initial script may take: one argument of a command can be 128 KiB on Linux, base64 makes a third more of it,
 * and quoting for a second shell adds a little.
 */
export const INITIAL_LIMIT_BYTES = 64 * 1024

/** The command that opens a POSIX shell, in words that sh, bash, zsh, fish and csh read alike. Holds no secret. */
export function shellCommand({ become, initial = '', nonce, initialOnly = false }: ShellRequest): string {
  if (Buffer.byteLength(initial) > INITIAL_LIMIT_BYTES) throw new TypeError('the initial script is too long for a command')
  const steps = [
    ...(become ? ['unset LC_ALL'] : []),
    // In two halves, so that an echo of this command is never taken for its output.
    `set -- ${nonce.slice(0, nonce.length / 2)} ${nonce.slice(nonce.length / 2)}`,
    'echo "$1$2"',
    'echo "$1$2" >&2',
    ...(initial ? [`eval "$(echo ${Buffer.from(initial).toString('base64')} | base64 -d)"`] : []),
    ...(initialOnly ? [] : ['exec /bin/sh']),
  ]
  const shell = `/bin/sh -c '${steps.join('; ')}'`
  return become ? escalated(become, { shell, nonce }) : `exec ${shell}`
}

/** What the password prompt looks like on stderr, if one can come. */
export function promptOf({ method, password }: Become, nonce: string): RegExp | undefined {
  if (!password || method === 'doas') return undefined
  return method === 'sudo' ? new RegExp(`${nonce}-password`) : /assword: ?$/
}

/** Why no shell of the other user came about, from what was printed instead. */
export function becomeProblem(
  { method, user }: Become,
  { stderr, code }: { readonly stderr: string; readonly code: number | null },
): TransportError {
  if ((method === 'su' ? RESTRICTED : NO_LOGIN).test(stderr)) return loginShellProblem(stderr)
  const told = CAUSES.find(({ pattern }) => pattern.test(stderr))
  const missing = code === 127 || /command not found|No such file/.test(stderr)
  if (told) return becomeError(`${method} to \`${user}\`: ${told.message}`, told.help)
  if (missing)
    return becomeError(
      `${method} to \`${user}\`: the host has no \`${method}\``,
      `install \`${method}\`, or set another \`ansible_become_method\``,
    )
  return becomeError(`${method} to \`${user}\` failed: ${text(stderr.slice(-300)) || `exit status ${code}`}`)
}

/** The shell of the login user ended before it ran what it was given. */
export function loginShellProblem(said: string): TransportError {
  const reason = text(said.trim().slice(-300))
  return new TransportError('start', `the login shell ended before it ran anything: ${reason}`, {
    help: 'check the login shell of the user on the host',
  })
}

/** The password was asked for a second time. */
export function wrongPasswordProblem({ method, user, password }: Become): TransportError {
  return becomeError(
    `${method} to \`${user}\`: the password is wrong`,
    `correct ${password?.name ? `\`${password.name}\`` : 'the password'}`,
  )
}

function becomeError(message: string, help?: string): TransportError {
  return new TransportError('start', `cannot become another user: ${message}`, help ? { help } : {})
}

function escalated({ method, user, password }: Become, { shell, nonce }: { readonly shell: string; readonly nonce: string }): string {
  if (!USER_NAME.test(user)) throw becomeError(`\`${text(user)}\` is not a user name`)
  const who = quote(user)
  if (method === 'su') return `exec env LC_ALL=C su -s /bin/sh ${who} -c ${quote(shell)}`
  if (method === 'doas') return `exec env LC_ALL=C doas -n -u ${who} ${shell}`
  const asking = password ? `-S -p ${nonce}-password` : '-n'
  return `exec env LC_ALL=C sudo ${asking} -H -u ${who} -- ${shell}`
}

const USER_NAME = /^[A-Za-z0-9_][\w.@-]*\$?$/

/** What bash says when it may not run `exec`. */
const RESTRICTED = /exec: restricted/

/** What comes from the login shell alone: sudo and doas start `/bin/sh`, whatever the shell of the other user; su does not. */
const NO_LOGIN = /exec: restricted|currently not available/

const CAUSES: readonly { readonly pattern: RegExp; readonly message: string; readonly help?: string }[] = [
  {
    pattern: /incorrect password|Sorry, try again|Authentication failure|Authentication token manipulation/,
    message: 'the password is wrong',
    help: 'correct `ansible_become_password`',
  },
  {
    pattern: /must have a tty|no tty present|must be run from a terminal/,
    message: 'the host demands a terminal (`requiretty`)',
    help: 'add `Defaults:USER !requiretty` to its sudoers',
  },
  {
    pattern: /password is required|no password was provided|Authorization required|a terminal is required/,
    message: 'a password is required',
    help: 'set `ansible_become_password`, or allow it without one on the host (`NOPASSWD`)',
  },
  {
    pattern: /not in the sudoers file|may not run sudo|is not allowed to|Operation not permitted|Permission denied/,
    message: 'the host does not allow it to this login',
    help: 'add the login to sudoers on the host, or log in as another user',
  },
  { pattern: /unknown user|does not exist|unknown group/, message: 'the host has no such user', help: 'correct `ansible_become_user`' },
  { pattern: /account.*(expired|locked)|currently not available/i, message: 'the account is closed' },
]
