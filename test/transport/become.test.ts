import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { type Become, becomeProblem, INITIAL_LIMIT_BYTES, promptOf, shellCommand } from '../../engine/transport/become.ts'

const test = suite('become')

const NONCE = '0123456789abcdef'
const PASSWORD = new Secret('ansible_become_password', 'correct horse')
const SHELL = `/bin/sh -c 'set -- 01234567 89abcdef; echo "$1$2"; echo "$1$2" >&2; exec /bin/sh'`

test('opens the shell of the login user', () => {
  assert.is(shellCommand({ nonce: NONCE }), `exec ${SHELL}`)
})

test('opens the shell of another user without a password', () => {
  const inner = SHELL.replace("'set", "'unset LC_ALL; set")
  const sudo = shellCommand({ nonce: NONCE, become: { method: 'sudo', user: 'root' } })
  assert.is(sudo, `exec env LC_ALL=C sudo -n -H -u root -- ${inner}`)
  const doas = shellCommand({ nonce: NONCE, become: { method: 'doas', user: 'root' } })
  assert.is(doas, `exec env LC_ALL=C doas -n -u root ${inner}`)
})

test('has no password in the command, and a prompt that cannot be mistaken', () => {
  const become: Become = { method: 'sudo', user: 'root', password: PASSWORD }
  const command = shellCommand({ nonce: NONCE, become })
  assert.match(command, `sudo -S -p ${NONCE}-password -H -u root -- `)
  assert.not.match(command, 'correct horse')
  assert.ok(promptOf(become, NONCE)?.test(`noise${NONCE}-password`))
  assert.is(promptOf({ method: 'sudo', user: 'root' }, NONCE), undefined)
})

test('refuses a user name that is none', () => {
  for (const user of ['', '-u', 'a b', '$(id)', "a'b", 'root\n', '#0'])
    assert.throws(() => shellCommand({ nonce: NONCE, become: { method: 'sudo', user } }), /is not a user name/)
})

test('refuses an initial script that would not fit into one argument', () => {
  const longest = 'x'.repeat(INITIAL_LIMIT_BYTES)
  assert.ok(shellCommand({ nonce: NONCE, initial: longest }).length < 128 * 1024)
  assert.throws(() => shellCommand({ nonce: NONCE, initial: `${longest}x` }), /too long/)
})

for (const login of ['sh', 'bash', 'zsh', 'fish', 'csh', 'tcsh', 'ksh', 'busybox sh']) {
  test(`is read by ${login} as it is meant, where that is installed`, async () => {
    const [program = '', ...words] = login.split(' ')
    const initial = `printf '%s|' "it's" "a\\b" '!x' "$((1+1))" '#%{}~'\necho`
    const command = shellCommand({ nonce: NONCE, initialOnly: true, initial })
    const ran = await promisify(execFile)(program, [...words, '-c', command]).catch((error: NodeJS.ErrnoException) => error)
    if (ran instanceof Error && ran.code === 'ENOENT') return
    assert.is((ran as { readonly stdout: string }).stdout, `${NONCE}\nit's|a\\b|!x|2|#%{}~|\n`)
  })
}

const refusals: readonly (readonly [string, RegExp])[] = [
  ['sudo: a password is required', /a password is required/],
  ['sudo: a terminal is required to read the password; either use the -S option', /a password is required/],
  ['ana is not in the sudoers file.  This incident will be reported.', /does not allow it/],
  ['Sorry, user ana is not allowed to execute /bin/sh as root on h.', /does not allow it/],
  ['Sorry, user ana may not run sudo on h.', /does not allow it/],
  ['sudo: sorry, you must have a tty to run sudo', /requiretty/],
  ['Sorry, try again.\nsudo: 1 incorrect password attempt', /password is wrong/],
  ['su: Authentication failure', /password is wrong/],
  ['sudo: unknown user nosuch', /no such user/],
  ['su: user nosuch does not exist or the user entry does not contain all the required fields', /no such user/],
  ['doas: Operation not permitted', /does not allow it/],
  ['doas: Authorization required', /a password is required/],
  ['env: ‘sudo’: No such file or directory', /the host has no `sudo`/],
  ['This account is currently not available.', /^the login shell ended before it ran anything: This account is currently not available/],
  ['rbash: line 1: exec: restricted', /^the login shell ended before it ran anything: rbash/],
  ['something\u001b[31m new', /failed: something \[31m new/],
]

for (const [printed, message] of refusals) {
  test(`understands \`${printed.slice(0, 40)}\``, () => {
    const problem = becomeProblem({ method: 'sudo', user: 'root' }, { stderr: printed, code: 1 })
    assert.match(problem.message, message)
    assert.is(problem.problem, 'start')
    assert.is(problem.retryable, false)
  })
}

test('does not blame the login shell when the other user of su is closed', () => {
  const problem = becomeProblem({ method: 'su', user: 'ana' }, { stderr: 'This account is currently not available.', code: 1 })
  assert.is(problem.message, 'cannot become another user: su to `ana`: the account is closed')
})

test.run()
