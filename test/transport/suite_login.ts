import { execFile, spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { createShared } from '../../engine/transport/shared.ts'
import { type TestHost, withHosts } from '../support/lab.ts'
import type { Suite } from '../support/skip.ts'
import { eventually, type Kind, RELOAD, refusalOf, run, targetOf, withConnection, withFolder } from './fixture.ts'
import { withForgivingHost } from './forgiving_host.ts'

const execute = promisify(execFile)

/** By what a login is granted, and on which way. */
export function loginTests(test: Suite, kind: Kind): void {
  test('tells a refused key, a missing one and a readable one', () =>
    withForgivingHost((host) =>
      withKey(host, { granted: false }, async (keyFile) => {
        const refused = await refusalOf(targetOf(host, kind, { keyFiles: [keyFile] }))
        assert.is(refused.problem, 'authentication')
        assert.is(refused.retryable, false)
        assert.ok(refused.message.includes(keyFile), refused.message)
        assert.is((await refusalOf(targetOf(host, kind, { keyFiles: ['/no/such/key'] }))).problem, 'authentication')
        await execute('chmod', ['644', keyFile])
        assert.is((await refusalOf(targetOf(host, kind, { keyFiles: [keyFile] }))).problem, 'authentication')
      }),
    ))

  for (const words of [
    ['-t', 'rsa', '-b', '2048'],
    ['-t', 'ecdsa'],
    ['-t', 'rsa', '-b', '2048', '-m', 'PEM'],
  ]) {
    test(`logs in with a key of ${words.join(' ')}`, () =>
      withForgivingHost((host) =>
        withKey(host, { words }, (keyFile) => withConnection(targetOf(host, kind, { keyFiles: [keyFile] }), async () => undefined)),
      ))
  }

  test('tries several keys in their order', () =>
    withForgivingHost((host) =>
      withKey(host, { granted: false }, (wrong) =>
        withConnection(targetOf(host, kind, { keyFiles: [wrong, host.keyFile] }), async (connection) => {
          assert.equal((await run(connection, 'exit 3')).exit, { code: 3 })
        }),
      ),
    ))

  for (const words of [
    ['-t', 'ed25519'],
    ['-t', 'rsa', '-b', '2048', '-m', 'PEM'],
  ]) {
    test(`asks for the passphrase of a key of ${words.join(' ')}, and says when it is wrong or unknown`, () =>
      withForgivingHost((host) =>
        withKey(host, { words, passphrase: PASSPHRASE.reveal() }, async (keyFile) => {
          await asksOnce(targetOf(host, kind, { keyFiles: [keyFile] }), keyFile)
          await saysWhatIsWrong(targetOf(host, kind, { keyFiles: [keyFile] }))
        }),
      ))
  }

  test('does not count the time a person takes to type a passphrase', () =>
    withForgivingHost((host) =>
      withKey(host, { passphrase: PASSPHRASE.reveal() }, async (keyFile) => {
        const askPassphrase = async () => {
          await new Promise((resolve) => setTimeout(resolve, 5500))
          return PASSPHRASE
        }
        await withConnection(targetOf(host, kind, { keyFiles: [keyFile], timeoutMs: 5000 }), async () => undefined, { askPassphrase })
      }),
    ))

  test('logs in with a key of the agent', () =>
    withForgivingHost((host) =>
      withAgent(host.keyFile, async (agent) => {
        const { keyFiles: _, ...target } = targetOf(host, kind, { agent })
        await withConnection(target, async () => undefined)
        assert.is((await refusalOf({ ...target, agent: '/no/such/socket' })).problem, 'authentication')
      }),
    ))

  test('lets the agent sign for a locked key file', () =>
    withForgivingHost((host) =>
      withKey(host, { passphrase: PASSPHRASE.reveal() }, async (keyFile) => {
        const open = `${keyFile}.open`
        await execute('cp', ['-p', keyFile, open])
        await execute('ssh-keygen', ['-q', '-p', '-P', PASSPHRASE.reveal(), '-N', '', '-f', open])
        await withAgent(open, (agent) => withConnection(targetOf(host, kind, { agent, keyFiles: [keyFile] }), async () => undefined))
      }),
    ))

  test('logs in with a password, and says when it is wrong', () =>
    withForgivingHost(async (host) => {
      await host.read(`echo 'operator:${PASSWORD.reveal()}' | chpasswd`)
      try {
        const target = targetOf(host, kind, { keyFiles: [], password: PASSWORD })
        await withConnection(target, async (connection) => {
          assert.equal((await run(connection, 'exit 3')).exit, { code: 3 })
        })
        const refusal = await refusalOf({ ...target, password: new Secret('p', 'wrong horse') })
        assert.is(refusal.problem, 'authentication')
        assert.not.match(`${refusal.message}${refusal.help}`, /horse/)
      } finally {
        await host.read('passwd -l operator')
      }
    }))

  test('logs in with a user certificate, with OpenSSH', () =>
    withForgivingHost((host) =>
      withKey(host, { granted: false }, async (keyFile) => {
        await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${keyFile}-ca`])
        await execute('ssh-keygen', ['-q', '-s', `${keyFile}-ca`, '-I', 'test', '-n', 'operator', `${keyFile}.pub`])
        const authority = (await readFile(`${keyFile}-ca.pub`, 'utf8')).trim()
        await host.read(
          `echo '${authority}' > /etc/ssh/ca.pub; echo 'TrustedUserCAKeys /etc/ssh/ca.pub' > /etc/ssh/sshd_config.d/ca.conf; ${RELOAD}`,
        )
        try {
          const connection = kind === 'ssh' ? 'smart' : kind
          await withConnection(targetOf(host, kind, { connection, keyFiles: [keyFile] }), async () => undefined)
        } finally {
          await host.read(`rm /etc/ssh/sshd_config.d/ca.conf; ${RELOAD}`)
        }
      }),
    ))

  test('goes through two jumps, each with a check of its key', () =>
    withHosts(3, async ([first, second, last]) => {
      const [a, b, c] = [first, second, last].map((host) => targetOf(host as TestHost, kind)) as [Target, Target, Target]
      await withConnection({ ...c, jumps: [a, b] }, async (connection) => {
        const { stdout } = await run(connection, 'echo "$SSH_CONNECTION"')
        assert.is(stdout.toString().split(' ')[0], b.address)
      })
      const unknown = await refusalOf({ ...c, jumps: [a, { ...b, knownHostsFiles: ['/dev/null'] }] })
      assert.is(unknown.problem, 'host-key-unknown')
      assert.is((await refusalOf({ ...c, jumps: [a, { ...b, port: 1 }] })).retryable, true)
      await eventually('nobody is left on the jump', async () => (await first?.run('pgrep -u operator -x sshd-session'))?.rc === 1)
    }))

  test('reaches several hosts at once through one jump', () =>
    withHosts(4, async (hosts) => {
      const [jump, ...rest] = hosts as [TestHost, ...TestHost[]]
      const shared = createShared()
      const jumps = [targetOf(jump, kind)]
      await Promise.all(
        rest.map((host) =>
          withConnection(
            targetOf(host, kind, { jumps }),
            async (connection) => {
              assert.equal((await run(connection, 'sleep 0.3; exit 3')).exit, { code: 3 })
            },
            { shared },
          ),
        ),
      )
    }))
}

type Target = ReturnType<typeof targetOf>

const PASSPHRASE = new Secret('passphrase', 'c0rrect "horse" $tap')
const PASSWORD = new Secret('password', 'c0rrect "horse" $staple')

async function asksOnce(target: Target, keyFile: string): Promise<void> {
  const asked: string[] = []
  const askPassphrase = async (file: string) => {
    asked.push(file)
    return PASSPHRASE
  }
  const shared = createShared()
  for (const _ of [1, 2]) await withConnection(target, async () => undefined, { askPassphrase, shared })
  assert.equal(asked, [keyFile])
}

async function saysWhatIsWrong(target: Target): Promise<void> {
  const wrong = new Secret('passphrase', 'wrong horse')
  for (const answer of [async () => wrong, async () => undefined, undefined]) {
    const refusal = await refusalOf(target, answer ? { askPassphrase: answer } : {})
    assert.is(refusal.problem, 'authentication')
    assert.not.match(`${refusal.message}${refusal.help}`, /horse/)
  }
}

interface KeyWish {
  readonly words?: readonly string[]
  readonly passphrase?: string
  /** Left out, the host takes it. */
  readonly granted?: boolean
}

async function withKey(
  host: TestHost,
  { words = ['-t', 'ed25519'], passphrase = '', granted = true }: KeyWish,
  body: (keyFile: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, 'key')
    await execute('ssh-keygen', ['-q', ...words, '-N', passphrase, '-f', file])
    if (granted) await host.read(`echo '${(await readFile(`${file}.pub`, 'utf8')).trim()}' >> /home/operator/.ssh/authorized_keys`)
    await writeFile(join(folder, 'known_hosts'), '')
    await body(file)
  })
}

async function withAgent(keyFile: string, body: (socket: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const socket = join(folder, 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      await new Promise((resolve) => agent.stdout.once('data', resolve))
      await execute('env', [`SSH_AUTH_SOCK=${socket}`, 'ssh-add', '-q', keyFile])
      await body(socket)
    } finally {
      agent.kill()
    }
  })
}
