import { createHash, randomBytes } from 'node:crypto'
import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import { Refusal } from '../../engine/core/module.ts'
import type { Become } from '../../engine/transport/become.ts'
import { connect } from '../../engine/transport/connect.ts'
import { download } from '../../engine/transport/download.ts'
import type { Connection } from '../../engine/transport/host.ts'
import { upload } from '../../engine/transport/upload.ts'
import { type TestHost, withHost } from '../support/lab.ts'
import type { Suite } from '../support/skip.ts'
import { type Kind, OPTIONS, targetOf, withConnection, withRelay } from './fixture.ts'

/** How bytes get to a host and back. */
export function transferTests(test: Suite, kind: Kind): void {
  const root = { method: 'sudo', user: 'root' } as const

  for (const [who, become] of [
    ['the login user', undefined],
    ['root', root],
  ] as const) {
    test(`carries 64 MB up and down as ${who}`, () =>
      withHost((host) =>
        withConnection(targetOf(host, kind), async (connection) => {
          await thereAndBack(host, connection, become)
        }),
      ))
  }

  test('goes on where a cut transfer stopped, and sends nothing that is there', () =>
    withHost((host) =>
      withRelay(host, kind, async (between, target) => {
        const path = '/var/tmp/resumed/file'
        const first = await connect(target, OPTIONS)
        const onProgress = (bytes: number) => void (bytes > 40_000_000 && between.cut())
        const cut = await upload(first, BIG, { path, onProgress }).catch((error: unknown) => error)
        assert.is((cut as { readonly problem?: string }).problem, 'lost')
        await first.close()
        assert.is((await host.run(`test -e ${path}`)).rc, 1, 'what is incomplete has not its name')
        const before = between.bytes.up
        await withConnection(target, async (connection) => {
          await upload(connection, BIG, { path })
          const sent = between.bytes.up - before
          assert.ok(sent < 40_000_000, `${sent} bytes were sent again`)
          await upload(connection, BIG, { path })
          assert.ok(between.bytes.up - before - sent < 20_000, 'the second time costs next to nothing')
        })
        assert.match(await host.read(`sha256sum < ${path}; rm -rf /var/tmp/resumed`), BIG.sha256)
      }),
    ))

  test('mends what an earlier transfer left damaged', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const small = Content.of('right')
        for (const left of ['wr', 'wrong', 'much too long']) {
          await host.read(
            `rm -rf /var/tmp/mended; install -d -m 700 -o operator /var/tmp/mended; printf '${left}' > /var/tmp/mended/file.part; chown operator /var/tmp/mended/file.part`,
          )
          await upload(connection, small, { path: '/var/tmp/mended/file' })
          assert.is(await host.read('cat /var/tmp/mended/*'), 'right')
        }
        await upload(connection, Content.of(''), { path: '/var/tmp/mended/empty' })
        assert.is(await host.read('stat -c %s /var/tmp/mended/empty; rm -rf /var/tmp/mended'), '0\n')
      }),
    ))

  test('refuses a folder that others may write to or that is a link, a full disk, and a missing or too large file', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const refusal = async (promise: Promise<unknown>) => {
          const error = await promise.then(
            () => undefined,
            (reason: unknown) => reason,
          )
          if (!(error instanceof Refusal)) throw error ?? new Error('it was accepted')
          return error.message
        }
        await host.read(
          'install -d -m 777 -o operator /var/tmp/open; install -d -m 700 -o operator /var/tmp/real; ln -sfn real /var/tmp/link; chown -h operator /var/tmp/link',
        )
        const small = Content.of('x')
        assert.match(await refusal(upload(connection, small, { path: '/var/tmp/open/file' })), /others may write/)
        assert.match(await refusal(upload(connection, small, { path: '/var/tmp/link/file' })), /others may write/)
        assert.match(await refusal(upload(connection, small, { path: '/proc/x/file' })), /cannot write/)
        await host.read(
          'mkdir -p /var/tmp/full; mountpoint -q /var/tmp/full || mount -t tmpfs -o size=1M,mode=700,uid=1000 none /var/tmp/full',
        )
        assert.match(await refusal(upload(connection, BIG, { path: '/var/tmp/full/file' })), /No space left/)
        await host.read('umount /var/tmp/full; rm -rf /var/tmp/full /var/tmp/open /var/tmp/real /var/tmp/link')
        const take = () => undefined
        assert.match(await refusal(download(connection, { path: '/no/such', limitBytes: 10, take })), /No such file/)
        assert.match(await refusal(download(connection, { path: '/dev/zero', limitBytes: 100_000, take })), /larger than 100000/)
        assert.equal(
          (await download(connection, { path: '/etc/hostname', limitBytes: 1000, take })).size,
          (await host.read('cat /etc/hostname')).length,
        )
      }),
    ))

  test('stops a download whose receiver fails', () =>
    withHost((host) =>
      withConnection(targetOf(host, kind), async (connection) => {
        const full = new Error('the disk of the controller is full')
        const failing = download(connection, { path: '/dev/zero', limitBytes: 1e12, take: async () => Promise.reject(full) })
        assert.is(await failing.catch((error: unknown) => error), full)
      }),
    ))
}

async function thereAndBack(host: TestHost, connection: Connection, become: Become | undefined): Promise<void> {
  const owner = become ? 'root' : 'operator'
  const folder = `/var/tmp/up of ${owner}`
  const options = { path: `${folder}/it's`, ...(become && { become }) }
  const steps: number[] = []
  await upload(connection, BIG, { ...options, onProgress: (size) => steps.push(size) })
  assert.is(steps.at(-1), BIG.size)
  assert.match(await host.read(`sha256sum < "${options.path}"`), BIG.sha256)
  assert.is(await host.read(`stat -c '%a %U' "${options.path}" "${folder}"`), `600 ${owner}\n700 ${owner}\n`)
  const hash = createHash('sha256')
  const down = await download(connection, { ...options, limitBytes: BIG.size, take: (piece) => void hash.update(piece) })
  assert.equal(down, { sha256: BIG.sha256, size: BIG.size })
  assert.is(hash.digest('hex'), BIG.sha256)
  await host.read(`rm -rf "${folder}"`)
}

const bytes = randomBytes(64 * 1024 * 1024)

const BIG = Content.stored({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  size: bytes.length,
  open: async function* () {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
  },
})
