import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { INITIAL_LIMIT_BYTES } from '../../engine/transport/become.ts'
import type { Connection } from '../../engine/transport/host.ts'
import { type OpenShellOptions, openShell } from '../../engine/transport/open_shell.ts'
import { type TestHost, withHost } from '../support/lab.ts'
import type { Suite } from '../support/skip.ts'
import { hear, type Heard, type Kind, problemOf, RELOAD, targetOf, withConnection } from './fixture.ts'

/** What a shell must be like, whoever it belongs to and whatever the login prints. */
export function shellTests(test: Suite, kind: Kind): void {
  test('opens a shell that takes commands on stdin, after an initial script', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const initial = `cd /tmp; export WORD="it's"; umask 027; echo first; echo second >&2`
        const { stdout, stderr, exit } = await talk(connection, { initial }, 'pwd; echo "$WORD"; umask; id -un; exit 4\n')
        assert.equal(exit, { code: 4 })
        assert.is(stdout, "first\n/tmp\nit's\n0027\noperator\n")
        assert.is(stderr, 'second\n')
      }),
    ))

  test('takes an initial script that is too long for a command', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const initial = `: ${'x'.repeat(INITIAL_LIMIT_BYTES)}\necho first`
        assert.is((await talk(connection, { initial }, 'echo second\n')).stdout, 'first\nsecond\n')
      }),
    ))

  test('leaves out what the login prints: a banner, a noisy .bashrc', () =>
    withHost(async (host) => {
      await host.read(
        `cp /etc/ssh/sshd_config /root/kept; echo "Banner /etc/motd.test" >> /etc/ssh/sshd_config; echo UNWELCOME > /etc/motd.test; ${RELOAD}`,
      )
      await host.read(
        `cp /home/operator/.bashrc /root/kept.bashrc; sed -i "1i echo NOISE; echo MORE >&2; printf unfinished" /home/operator/.bashrc`,
      )
      try {
        await withConnection(targetOf(host, kind), async (connection) => {
          const plain = hear(await connection.exec('true'))
          assert.is((await plain).stdout.toString(), 'NOISE\nunfinished', 'the noise is there')
          const { stdout, stderr } = await talk(connection, { initial: 'echo first' }, 'echo second; echo third >&2\n')
          assert.is(stdout, 'first\nsecond\n')
          assert.is(stderr, 'third\n')
        })
      } finally {
        await host.read(`mv /root/kept /etc/ssh/sshd_config; mv /root/kept.bashrc /home/operator/.bashrc; ${RELOAD}`)
      }
    }))

  test('says so when the login shell ends by itself', () =>
    withHost(async (host) => {
      await host.read('usermod --shell /usr/sbin/nologin operator')
      try {
        await withConnection(targetOf(host, kind), async (connection) => {
          const problem = await problemOf(openShell(connection))
          assert.is(problem.problem, 'start', problem.message)
          assert.match(problem.message, /not available/)
        })
      } finally {
        await host.read('usermod --shell /bin/bash operator')
      }
    }))

  test('gives up on a shell that does not start in time', () =>
    withHost(async (host) => {
      await host.read('cp /home/operator/.bashrc /root/kept; sed -i "1i sleep 60" /home/operator/.bashrc')
      try {
        await withConnection(targetOf(host, kind), async (connection) => {
          assert.is((await problemOf(openShell(connection, { timeoutMs: 500 }))).problem, 'timeout')
        })
      } finally {
        await host.read('mv /root/kept /home/operator/.bashrc')
      }
    }))

  test('becomes another user without a password', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const become = { method: 'sudo', user: 'root' } as const
        const { stdout } = await talk(connection, { become, initial: 'echo first' }, 'id -un; echo "$HOME ${LC_ALL-unset}"\n')
        assert.is(stdout, 'first\nroot\n/root unset\n')
      }),
    ))

  test('passes every byte value through sudo', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const bytes = Buffer.from(Array.from({ length: 256 * 1000 }, (_, i) => i % 256))
        const channel = await openShell(connection, {
          become: { method: 'sudo', user: 'root' },
          initial: `exec head -c ${bytes.length}`,
          initialOnly: true,
        })
        const heard = hear(channel)
        await channel.write(bytes)
        assert.ok((await heard).stdout.equals(bytes))
      }),
    ))

  test('becomes another user with a password, asked for or not', () =>
    withHost((host) =>
      withPassword(host, async () => {
        const become = { method: 'sudo', user: 'root', password: PASSWORD } as const
        await withConnection(targetOf(host, kind), async (connection) => {
          assert.is((await talk(connection, { become, initial: 'echo first' }, 'id -un\n')).stdout, 'first\nroot\n')
          const argv = await host.read(
            'journalctl -q -o cat --no-pager -n 500; cat /proc/*/cmdline /proc/*/environ 2>/dev/null | tr "\\0" " "',
          )
          assert.not.ok(argv.includes(PASSWORD.reveal()), 'the password is nowhere to be seen')
        })
        await host.read('mv /root/operator.sudoers /etc/sudoers.d/operator')
        await withConnection(targetOf(host, kind), async (connection) => {
          assert.is((await talk(connection, { become }, 'id -un\n')).stdout, 'root\n')
        })
      }),
    ))

  test('tells a wrong password, a missing one, a refusal, a demand for a terminal and an unknown user apart', () =>
    withHost((host) =>
      withPassword(host, () =>
        withConnection(targetOf(host, kind), async (connection) => {
          const refusal = async (user: string, password?: Secret) => {
            const become = { method: 'sudo', user, ...(password && { password }) } as const
            const problem = await problemOf(openShell(connection, { become }))
            assert.is(problem.problem, 'start')
            assert.is(problem.retryable, false)
            return problem.message
          }
          assert.match(await refusal('root', new Secret('p', 'wrong horse')), /the password is wrong/)
          assert.match(await refusal('root'), /a password is required/)
          assert.match(await refusal('nosuch', PASSWORD), /no such user/)
          await host.read('echo "operator ALL=(nobody) ALL" > /etc/sudoers.d/operator')
          assert.match(await refusal('root', PASSWORD), /does not allow it/)
          await host.read(
            'echo "Defaults requiretty" > /etc/sudoers.d/operator; echo "operator ALL=(ALL) NOPASSWD: ALL" >> /etc/sudoers.d/operator',
          )
          assert.match(await refusal('root'), /demands a terminal/)
        }),
      ),
    ))

  test('becomes another user with su', () =>
    withHost((host) =>
      withPassword(host, () =>
        withConnection(targetOf(host, kind), async (connection) => {
          await host.read(`echo 'root:${PASSWORD.reveal()}' | chpasswd`)
          const become = { method: 'su', user: 'root', password: PASSWORD } as const
          assert.is((await talk(connection, { become }, 'id -un\n')).stdout, 'root\n')
          const wrong = { ...become, password: new Secret('p', 'wrong horse') }
          assert.match((await problemOf(openShell(connection, { become: wrong }))).message, /the password is wrong/)
          await host.read('passwd -d root; passwd -l root')
        }),
      ),
    ))
}

const PASSWORD = new Secret('ansible_become_password', 'c0rrect "horse" $staple')

/** Gives the operator a password that sudo asks for. */
async function withPassword(host: TestHost, body: () => Promise<void>): Promise<void> {
  await host.read(`cp /etc/sudoers.d/operator /root/operator.sudoers; cp /root/operator.sudoers /root/first.sudoers`)
  await host.read(`echo 'operator:${PASSWORD.reveal()}' | chpasswd; echo 'operator ALL=(ALL) ALL' > /etc/sudoers.d/operator`)
  try {
    await body()
  } finally {
    await host.read('mv /root/first.sudoers /etc/sudoers.d/operator; chmod 440 /etc/sudoers.d/operator; passwd -l operator')
  }
}

interface Said {
  readonly exit: Heard['exit']
  readonly stdout: string
  readonly stderr: string
}

async function talk(connection: Connection, options: OpenShellOptions, stdin: string): Promise<Said> {
  const channel = await openShell(connection, options)
  const heard = hear(channel)
  await channel.write(stdin)
  channel.end()
  const { exit, stdout, stderr } = await heard
  return { exit, stdout: stdout.toString(), stderr: stderr.toString() }
}
