import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('content that the controller fetches')

test('arrives on every host whole, and is fetched once', async () => {
  const bytes = Buffer.alloc(300_000, 'holdfast ')
  await withServer(bytes, async ({ url, asked }) => {
    // One at a time: the two are one machine, with one folder for content on its way.
    await withLocalRun({ 'site.yml': fetching(url, bytes) }, { hosts: ['h1', 'h2'], forks: 1 }, ({ story, folder }) => {
      assert.equal(story, ['h1 fetch changed', 'h2 fetch changed', 'h1 again ok', 'h2 again ok'])
      for (const host of ['h1', 'h2']) assert.ok(readFileSync(join(folder, 'hosts', host, 'release')).equals(bytes), host)
    })
    assert.is(asked(), 1)
  })
})

test('arrives although it is short, and although it is empty', async () => {
  for (const bytes of [Buffer.from('short\n'), Buffer.alloc(0)]) {
    await withServer(bytes, async ({ url }) => {
      await withLocalRun({ 'site.yml': fetching(url, bytes) }, { hosts: ['h1'] }, ({ story, folder }) => {
        assert.equal(story, ['h1 fetch changed', 'h1 again ok'])
        assert.ok(readFileSync(join(folder, 'hosts', 'h1', 'release')).equals(bytes))
      })
    })
  }
})

test('fails the task with both digests when it is not what was pinned', async () => {
  await withServer(Buffer.from('altered'), async ({ url }) => {
    await withLocalRun({ 'site.yml': fetching(url, Buffer.from('reviewed')) }, { hosts: ['h1'] }, ({ result }) => {
      assert.is(result('h1', 'fetch').status, 'failed')
      assert.match(result('h1', 'fetch').message ?? '', /is not what was pinned: expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}/)
    })
  })
})

test('is asked for again when the task is tried again after a failure', async () => {
  const bytes = Buffer.from('release')
  await withServer(
    bytes,
    async ({ url, asked }) => {
      const site = fetching(url, bytes).replace('    - name: again\n', '      retries: 2\n      delay: 0\n    - name: again\n')
      await withLocalRun({ 'site.yml': site }, { hosts: ['h1'] }, ({ story }) => assert.equal(story, ['h1 fetch changed', 'h1 again ok']))
      assert.is(asked(), 2)
    },
    { busyFor: 1 },
  )
})

const fetching = (url: string, pinned: Buffer): string => `- hosts: all
  gather_facts: false
  tasks:
    - name: fetch
      get_url: &pinned
        url: ${url}
        checksum: sha256:${createHash('sha256').update(pinned).digest('hex')}
        dest: "{{ here }}/release"
        via: controller
    - name: again
      get_url: *pinned
`

interface Served {
  readonly url: string
  /** How often it was asked for. */
  readonly asked: () => number
}

/** Serves the bytes while the body runs; so many requests at first are told to come again. */
async function withServer(bytes: Buffer, body: (served: Served) => Promise<void>, { busyFor = 0 } = {}): Promise<void> {
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    if (asked <= busyFor) response.statusCode = 503
    response.end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await body({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/release`, asked: () => asked })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

test.run()
