import * as assert from 'uvu/assert'
import { type Connection, TransportError } from '../../engine/transport/host.ts'
import { withHost } from '../support/lab.ts'
import type { Suite } from '../support/skip.ts'
import { eventually, hear, type Kind, problemOf, run, targetOf, withConnection, within } from './fixture.ts'

/** What a command's streams and its end must be like on every transport. */
export function streamTests(test: Suite, kind: Kind): void {
  test('gives the exit status of a command', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        for (const code of [0, 3, 255]) assert.equal((await run(connection, `exit ${code}`)).exit, { code })
        assert.equal((await run(connection, 'no-such-command')).exit, { code: 127 })
      }),
    ))

  test('tells that a signal ended a command', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        // OpenSSH's client has no other word for it than 255.
        const expected = kind === 'ssh' ? { code: null, signal: 'SIGKILL' } : { code: 255 }
        assert.equal((await run(connection, 'kill -KILL $$')).exit, expected)
      }),
    ))

  test('keeps stdout and stderr apart and passes every byte value both ways', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const bytes = Buffer.from(Array.from({ length: 256 * 1000 }, (_, i) => (i * 7 + Math.floor(i / 256)) % 256))
        const { exit, stdout, stderr } = await run(connection, 'tee /dev/stderr', bytes)
        assert.equal(exit, { code: 0 })
        assert.ok(stdout.equals(bytes), 'stdout')
        assert.ok(stderr.equals(bytes), 'stderr')
      }),
    ))

  test('hands on a character that arrives in halves', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const { stdout } = await run(connection, `printf '\\303'; sleep 0.2; printf '\\251\\n'`)
        assert.is(stdout.toString(), 'é\n')
      }),
    ))

  test('runs several commands at once on one connection', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const all = await Promise.all(Array.from({ length: 8 }, (_, i) => run(connection, `sleep 0.1; cat; echo ${i}`, `${i}:`)))
        assert.equal(
          all.map(({ stdout }) => stdout.toString()),
          all.map((_, i) => `${i}:${i}\n`),
        )
      }),
    ))

  test('says so when the host opens no more sessions', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const opened = await Promise.all(Array.from({ length: 10 }, () => connection.exec('echo up; cat >&2')))
        await Promise.all(opened.map((channel) => new Promise<void>((resolve) => channel.onStdout(() => resolve()))))
        const running = opened.map(hear)
        const eleventh = connection.exec('true').then(async (channel) => {
          throw (await hear(channel)).exit.lost
        })
        assert.is((await problemOf(eleventh)).problem, 'start')
        for (const channel of opened) channel.end()
        for (const { exit } of await Promise.all(running)) assert.equal(exit, { code: 0 })
        // sshd counts sessions that it hears to be closed in the same moment as of a new one.
        await eventually('there is room again', async () => (await room(connection)) === 5)
      }),
    ))

  test('waits with writing until the command takes more', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        await host.read('rm -f /tmp/read-now')
        const channel = await connection.exec('until [ -e /tmp/read-now ]; do sleep 0.1; done; wc -c')
        const heard = hear(channel)
        const piece = Buffer.alloc(1024 * 1024, 'x')
        let written = 0
        const writing = (async () => {
          for (let i = 0; i < 40; i++) {
            await channel.write(piece)
            written += 1
          }
          channel.end()
        })()
        await new Promise((resolve) => setTimeout(resolve, 600))
        assert.ok(written < 20, `${written} MB were taken by a command that reads nothing`)
        await host.read('touch /tmp/read-now')
        await writing
        assert.is((await heard).stdout.toString().trim(), String(40 * 1024 * 1024))
      }),
    ))

  test('slows the command down when the listener is slow', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const channel = await connection.exec('head -c 50000000 /dev/zero; echo done >&2')
        let size = 0
        let finished = false
        let release: () => void = () => undefined
        const held = new Promise<void>((resolve) => {
          release = resolve
        })
        channel.onStdout((bytes) => {
          size += bytes.length
          return held
        })
        channel.onStderr(() => {
          finished = true
        })
        await new Promise((resolve) => setTimeout(resolve, 700))
        assert.is(finished, false)
        release()
        assert.equal(await channel.exit, { code: 0 })
        assert.is(size, 50_000_000)
      }),
    ))

  test('prints 200 MB without keeping them', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const before = process.memoryUsage.rss()
        const channel = await connection.exec('head -c 200000000 /dev/zero')
        let size = 0
        channel.onStdout((bytes) => {
          size += bytes.length
        })
        assert.equal(await channel.exit, { code: 0 })
        assert.is(size, 200_000_000)
        const grown = (process.memoryUsage.rss() - before) / 1e6
        assert.ok(grown < 100, `memory grew by ${Math.round(grown)} MB`)
      }),
    ))

  test('ends a command when it is killed', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const channel = await connection.exec('echo up; exec sleep 1234')
        await new Promise<void>((resolve) => channel.onStdout(() => resolve()))
        channel.kill()
        await within(30, channel.exit)
        assert.equal((await run(connection, 'exit 6')).exit, { code: 6 })
        // OpenSSH's client has no way to signal it.
        if (kind === 'ssh') await eventually('the command is gone', async () => (await host.run('pgrep -f "^sleep 1234"')).rc !== 0)
        await host.run('pkill -f "^sleep 1234"')
      }),
    ))
}

/** The exit code of one more command, or that the host opens no session for it. */
function room(connection: Connection): Promise<number | null | 'none'> {
  return run(connection, 'exit 5').then(
    ({ exit }) => exit.code,
    (error: unknown) => {
      if (error instanceof TransportError && error.problem === 'start') return 'none'
      throw error
    },
  )
}
