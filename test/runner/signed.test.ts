import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LocalRun, withLocalRun } from '../support/local_run.ts'

const test = suite('content with a signature')

const BYTES = Buffer.alloc(100_000, 'release ')
const OTHER = Buffer.from('another release')

test('is brought if one of the keys signed it, in armour or not', async () => {
  const [maker, stranger] = [await person('maker'), await person('stranger')]
  for (const armour of [true, false]) {
    const signature = await maker.sign(BYTES, armour)
    await fetching({ signature, keys: `${stranger.key}\n${maker.key}` }, ({ story }) => assert.equal(story, ['h1 fetch changed']))
  }
})

test('takes the key as text, too', async () => {
  const maker = await person('maker')
  await fetching({ signature: await maker.sign(BYTES), keys: maker.key, isInline: true }, ({ story }) =>
    assert.equal(story, ['h1 fetch changed']),
  )
})

test('is refused, and nothing written, if another key signed it, or something else is signed, or nothing', async () => {
  const [maker, stranger] = [await person('maker'), await person('stranger')]
  for (const [signature, message] of [
    [await stranger.sign(BYTES), /is not signed as it should be: it was made by another key, [0-9A-F]{16}$/],
    [await maker.sign(OTHER), /the key [0-9A-F]{16} signed something else$/],
    [Buffer.from('<html>not found</html>'), /what should be the signature cannot be read$/],
  ] as const) {
    await fetching({ signature, keys: maker.key }, ({ result, story }) => {
      assert.equal(story, ['h1 fetch failed'])
      assert.match(result('h1', 'fetch').message ?? '', message)
    })
  }
})

test('is refused if the signature or the key cannot be had', async () => {
  const maker = await person('maker')
  await fetching({ keys: maker.key }, ({ result }) =>
    assert.match(result('h1', 'fetch').message ?? '', /release\.asc` to the controller: .*404/),
  )
  await fetching({ signature: await maker.sign(BYTES), keys: 'no key' }, ({ result }) =>
    assert.match(result('h1', 'fetch').message ?? '', /what should be the public key cannot be read/),
  )
})

test.run()

async function person(name: string) {
  const { publicKey, privateKey } = await generateKey({ userIDs: [{ name, email: `${name}@release.example` }] })
  const signingKeys = await readPrivateKey({ armoredKey: privateKey })
  return {
    key: publicKey,
    sign: async (bytes: Uint8Array, armour = true): Promise<Buffer> => {
      const message = await createMessage({ binary: bytes })
      if (armour) return Buffer.from(await sign({ message, signingKeys, detached: true }))
      return Buffer.from(await sign({ message, signingKeys, detached: true, format: 'binary' }))
    },
  }
}

interface Published {
  readonly signature?: Buffer
  readonly keys: string
  readonly isInline?: boolean
}

/** Lets a host fetch the bytes, while a server has them and their signature. */
async function fetching({ signature, keys, isInline = false }: Published, body: (run: LocalRun) => void): Promise<void> {
  const server = createServer(({ url }, response) => {
    const wanted = url === '/release' ? BYTES : signature
    response.writeHead(wanted ? 200 : 404).end(wanted)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/release`
  const key = isInline ? JSON.stringify(keys) : 'maker.asc'
  const site = `- hosts: all
  gather_facts: false
  tasks:
    - name: fetch
      get_url:
        url: ${base}
        checksum: sha256:${createHash('sha256').update(BYTES).digest('hex')}
        dest: "{{ here }}/release"
        via: controller
        signature_url: ${base}.asc
        signing_key: ${key}
`
  try {
    await withLocalRun({ 'site.yml': site, 'files/maker.asc': keys }, { hosts: ['h1'] }, body)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}
