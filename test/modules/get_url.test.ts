import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import { getUrl } from '../../engine/modules/get_url.ts'
import { assertConverges, assertRefuses } from '../support/module_round.ts'
import { NO_ROOT } from '../support/root.ts'
import { withScratch } from '../support/scratch.ts'
import { suiteUnless } from '../support/skip.ts'

const test = suiteUnless(NO_ROOT, 'get_url')
const BYTES = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251))
const PIN = `sha256:${createHash('sha256').update(BYTES).digest('hex')}`

test('fetches what is pinned, once, and again if it drifts', () =>
  withServer(async ({ url, requests }) =>
    withScratch(async (root) => {
      const round = { root, params: { url: `${url}/it's%20(1).bin?a=b&c`, dest: root, checksum: PIN, mode: '0755' } }
      await assertConverges(getUrl, round)
      const dest = `${root}/it's (1).bin`
      assert.equal(await readFile(dest), BYTES)
      assert.is(requests.length, 1)
      await chmod(dest, 0o644)
      await assertConverges(getUrl, round)
      assert.is(requests.length, 1)
      await writeFile(dest, 'other')
      await assertConverges(getUrl, round)
      assert.equal([requests.length, (await lstat(dest)).mode & 0o7777], [2, 0o755])
    }),
  ))

test('takes from the controller what a host without internet cannot fetch', () =>
  withScratch(async (root) => {
    const sources = { src: Content.stored({ sha256: PIN.slice(7), size: 0, open: () => pieces() }) }
    const params = { url: 'https://example.org/x', dest: `${root}/x`, checksum: PIN, via: 'controller' }
    await assertConverges(getUrl, { root, sources, params })
    assert.equal(await readFile(`${root}/x`), BYTES)
  }))

test('keeps the old file if the new one is not the pinned one, or cannot be fetched', () =>
  withServer(async ({ url }) =>
    withScratch(async (root) => {
      await writeFile(`${root}/x`, 'old')
      const params = { url: `${url}/x`, dest: `${root}/x`, checksum: `sha256:${'0'.repeat(64)}` }
      await assertRefuses(getUrl, { root, params }, `wanted sha256 ${'0'.repeat(64)}, got ${PIN.slice(7)}`)
      await assertRefuses(getUrl, { root, params: { ...params, url: `${url}/missing` } }, '404')
      await assertRefuses(getUrl, { root, params: { ...params, url: 'http://127.0.0.1:1/x' } }, 'the old file stays')
      await assertRefuses(getUrl, { root, params: { ...params, url: `${url}/cut` } }, 'the old file stays')
      assert.equal([await readFile(`${root}/x`, 'utf8'), await readdir(root)], ['old', ['x']])
    }),
  ))

test('refuses an address or a pin that cannot be meant', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/d`)
    const params = { url: 'https://example.org/x', dest: `${root}/x`, checksum: PIN }
    await assertRefuses(getUrl, { root, params: { ...params, url: 'file:///etc/shadow' } }, 'must be an address that begins with')
    await assertRefuses(getUrl, { root, params: { ...params, url: 'https://me:pw@example.org/x' } }, 'must not hold a password')
    await assertRefuses(getUrl, { root, params: { ...params, checksum: 'md5:abc' } }, 'must be `sha256:` and 64 hexadecimal digits')
  }))

test.run()

interface Served {
  readonly url: string
  readonly requests: readonly string[]
}

async function withServer(body: (served: Served) => Promise<void>): Promise<void> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    if (request.url === '/missing') response.writeHead(404).end()
    else if (request.url === '/cut')
      response.writeHead(200, { 'content-length': BYTES.length }).write(BYTES.subarray(0, 1000), () => response.destroy())
    else response.end(BYTES)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  try {
    await body({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests })
  } finally {
    await closed(server)
  }
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => void server.close(() => resolve()))
}

async function* pieces(): AsyncIterable<Uint8Array> {
  yield BYTES
}
