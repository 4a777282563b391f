import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { connect } from '../../engine/transport/connect.ts'
import type { Connection, TransportError } from '../../engine/transport/host.ts'
import { createShared } from '../../engine/transport/shared.ts'
import { withHost } from '../support/lab.ts'
import type { Suite } from '../support/skip.ts'
import {
  eventually,
  hear,
  type Kind,
  OPTIONS,
  problemOf,
  RELOAD,
  refusalOf,
  run,
  targetOf,
  withConnection,
  within,
  withRelay,
} from './fixture.ts'

/** What happens when a host, or the way to it, fails. */
export function faultTests(test: Suite, kind: Kind): void {
  test('notices a connection that is cut in the middle of a command, everywhere at once', () =>
    withHost((host) =>
      withRelay(host, kind, async (between, target) => {
        const connection = await connect(target, OPTIONS)
        const { channel, heard, writing } = await busy(connection)
        between.cut()
        const { exit } = await within(30, heard)
        assert.is(exit.code, null)
        assert.is(exit.lost?.problem, 'lost')
        assert.is(exit.lost?.retryable, true)
        assert.is((await within(30, writing)).problem, 'lost')
        assert.is((await within(30, connection.ended))?.problem, 'lost')
        assert.is((await problemOf(channel.write('late'))).problem, 'lost')
        assert.is((await problemOf(connection.exec('true'))).problem, 'lost')
        await within(30, connection.close())
        await withConnection(target, async (again) => assert.equal((await run(again, 'exit 3')).exit, { code: 3 }))
      }),
    ))

  test('notices that the session on the host was killed', () =>
    withHost(async (host) => {
      const connection = await connect(targetOf(host, kind), OPTIONS)
      const { heard, writing } = await busy(connection)
      await host.read(`pkill -KILL -u operator sshd-session || pkill -KILL -u operator sshd`)
      assert.is((await within(30, heard)).exit.lost?.problem, 'lost')
      assert.is((await within(30, writing)).problem, 'lost')
      assert.is((await within(30, connection.ended))?.problem, 'lost')
    }))

  test('notices a connection that went silent', () =>
    withHost((host) =>
      withRelay(host, kind, async (between, target) => {
        const keepaliveMs = kind === 'ssh' ? 200 : 1000
        const connection = await connect({ ...target, keepaliveMs }, OPTIONS)
        const heard = hear(await connection.exec('sleep 1000'))
        between.stall()
        assert.is((await within(30, heard)).exit.lost?.problem, 'lost')
        assert.is((await within(30, connection.ended))?.problem, 'lost')
      }),
    ))

  test('keeps its connection while sshd is restarted, and gets new ones afterwards', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        await host.read(`systemctl restart ssh; ${RELOAD}`)
        assert.equal((await run(connection, 'exit 3')).exit, { code: 3 })
        await withConnection(targetOf(host, kind), async (again) => assert.equal((await run(again, 'exit 4')).exit, { code: 4 }))
      }),
    ))

  test('loses a host that crashes, and reaches it again after its boot', () =>
    withHost(async (host) => {
      const connection = await connect(targetOf(host, kind, { keepaliveMs: 1000 }), OPTIONS)
      const heard = hear(await connection.exec('sleep 1000'))
      await host.crash()
      assert.is((await within(30, heard)).exit.lost?.problem, 'lost')
      await connection.close()
      assert.ok((await refusalOf(targetOf(host, kind, { timeoutMs: 1500 }))).retryable)
      await host.boot()
      await withConnection(targetOf(host, kind), async (again) => assert.equal((await run(again, 'exit 3')).exit, { code: 3 }))
    }))

  test('tells a refused port, a name that does not exist, silence and a full host apart', () =>
    withHost((host) =>
      withRelay(host, kind, async (between, target) => {
        assert.is((await refusalOf(targetOf(host, kind, { port: 1 }))).problem, 'refused')
        // A name that cannot be one is not asked of a name server, which may be slow or away.
        assert.is((await refusalOf(targetOf(host, kind, { address: 'no-such..host' }))).problem, 'resolve')
        between.stall()
        const refusals = [1000, 4000].map(async (timeoutMs) => ({ timeoutMs, ...(await refusalOf({ ...target, timeoutMs })) }))
        const first = await Promise.race(refusals)
        assert.equal([first.timeoutMs, first.problem], [1000, 'timeout'], 'each is given up in its own time')
        await Promise.all(refusals)
        await withDoor('closes', async (port) => {
          const refusal = await refusalOf({ ...target, port })
          assert.is(refusal.problem, 'dropped')
          assert.match(refusal.help ?? '', /chage -l USER.*MaxStartups/)
        })
      }),
    ))

  test('says so when something else than an SSH server answers', () =>
    withHost((host) =>
      withDoor('babbles', async (port) => {
        const target = targetOf(host, kind, { address: '127.0.0.1', port, timeoutMs: 1500 })
        assert.ok(['dropped', 'lost', 'timeout', 'start'].includes((await refusalOf(target)).problem))
      }),
    ))

  test('gets all its logins from a host that takes few at a time', () =>
    withHost(async (host) => {
      const file = '/etc/ssh/sshd_config.d/busy.conf'
      await host.read(`printf 'MaxStartups 6:100:6\\nPerSourcePenalties no\\n' > ${file}; ${RELOAD}`)
      try {
        const shared = createShared()
        const all = Array.from({ length: 16 }, () =>
          connect(targetOf(host, kind, { timeoutMs: 30_000 }), { ...OPTIONS, shared, retries: 8 }),
        )
        for (const connection of await Promise.all(all)) await connection.close()
      } finally {
        await host.read(`rm ${file}; ${RELOAD}`)
      }
    }))

  test('leaves nothing behind: no process, no socket, no file, nobody on the host', () =>
    withHost(async (host) =>
      withOwnTemporaryFolder(async () => {
        const before = await traces()
        const nothing = async () => undefined
        const listened = async (connection: Connection) => void hear(await connection.exec('sleep 5'))
        const unlistened = (connection: Connection) => connection.exec('head -c 9000000 /dev/zero; head -c 9000000 /dev/zero >&2')
        for (const leave of [nothing, listened, unlistened]) {
          const connection = await connect(targetOf(host, kind), OPTIONS)
          await leave(connection)
          await within(30, connection.close())
          await within(30, connection.close())
          assert.is(await connection.ended, undefined)
        }
        await refusalOf(targetOf(host, kind, { keyFiles: ['/no/such'] }))
        await eventually('nothing has come to it', async () => added(await traces(), before).length === 0)
        await eventually('nobody is logged in', async () => (await host.run('pgrep -u operator "sshd(-session)?"')).rc !== 0)
      }),
    ))
}

/** A command that reads slowly while more is written than fits on the way. */
async function busy(connection: Connection) {
  const channel = await connection.exec('echo up; sleep 1000; cat >/dev/null')
  const up = new Promise<void>((resolve) => channel.onStdout(() => resolve()))
  await up
  const heard = hear(channel)
  const writing: Promise<TransportError> = problemOf(
    (async () => {
      for (;;) await channel.write(Buffer.alloc(1024 * 1024))
    })(),
  )
  await new Promise((resolve) => setTimeout(resolve, 300))
  return { channel, heard, writing }
}

/** The folders of other processes that test at the same time are not seen there. */
async function withOwnTemporaryFolder(body: () => Promise<void>): Promise<void> {
  const { TMPDIR } = process.env
  const own = await mkdtemp(join(tmpdir(), 'hf-'))
  process.env['TMPDIR'] = own
  try {
    await body()
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
    await rm(own, { recursive: true })
  }
}

/** Sockets and processes this process holds, and folders it made. */
async function traces(): Promise<readonly string[]> {
  const folders = (await readdir(tmpdir())).filter((name) => /^holdfast-\w{6}$/.test(name))
  const held = process.getActiveResourcesInfo().filter((name) => /Socket|Process|Pipe/.test(name))
  return [...folders, ...held].sort()
}

/** What of these was not there before; what earlier tests left may go meanwhile. */
function added(now: readonly string[], before: readonly string[]): readonly string[] {
  const count = (names: readonly string[], name: string) => names.filter((one) => one === name).length
  return now.filter((name, i) => count(now.slice(0, i + 1), name) > count(before, name))
}

async function withDoor(how: 'closes' | 'babbles', body: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    if (how === 'closes') socket.destroy()
    else socket.end(Buffer.alloc(100_000, 'HTTP/1.1 400 Bad Request\r\n'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await body((server.address() as { readonly port: number }).port)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}
