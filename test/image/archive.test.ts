import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { imageOf } from '../../engine/image/archive.ts'
import { judgeProgram } from '../../engine/image/elf.ts'
import { callHoldfast } from '../support/command.ts'
import { withScratch } from '../support/scratch.ts'
import { tinyProgram } from '../support/tiny_program.ts'

const test = suite('image')

const REQUEST = { name: 'localhost/tiny', tag: 'v1', command: 'tiny', architecture: 'amd64', program: tinyProgram() }

/** What every machine makes of the tiny program: a digest that changes breaks the pins of everyone. */
const PINNED = 'localhost/tiny@sha256:13b6c2ce453067be54ee817eddee7e956d08b594ee3823693fe887870a25677b'

test('the same program has the same digest everywhere', () => {
  assert.is(imageOf(REQUEST).reference, PINNED)
  assert.is(imageOf({ ...REQUEST, tag: 'v2' }).reference, PINNED, 'the tag is no part of it')
  const other = imageOf({ ...REQUEST, program: Buffer.concat([REQUEST.program, Buffer.from([0])]) })
  assert.is.not(other.reference, PINNED)
  assert.is.not(imageOf({ ...REQUEST, certificates: Buffer.from('pem') }).reference, PINNED)
})

test('every blob is what its name and its size say', () =>
  withScratch(async (folder) => {
    await unpack(folder, imageOf({ ...REQUEST, certificates: Buffer.from('pem\n') }).archive)
    const index = await document(join(folder, 'index.json'))
    assert.equal(index.manifests[0].annotations, { 'org.opencontainers.image.ref.name': 'localhost/tiny:v1' })
    const manifest = await blob(folder, index.manifests[0])
    const { config, layers } = JSON.parse(String(manifest))
    const settings = JSON.parse(String(await blob(folder, config)))
    assert.equal(settings.config, { Env: ['PATH=/usr/local/bin'], Entrypoint: ['/usr/local/bin/tiny'] })
    assert.equal(settings.rootfs.diff_ids, [layers[0].digest])
    await blob(folder, layers[0])
    const listing = await run('tar', ['--utc', '-tvf', join(folder, layers[0].digest.replace(':', '/').replace('sha256', 'blobs/sha256'))])
    assert.equal(
      listing.stdout.split('\n').map((line) => line.replace(/\s+/g, ' ')),
      [
        'drwxr-xr-x 0/0 0 1970-01-01 00:00 etc/',
        'drwxr-xr-x 0/0 0 1970-01-01 00:00 etc/ssl/',
        'drwxr-xr-x 0/0 0 1970-01-01 00:00 etc/ssl/certs/',
        '-rw-r--r-- 0/0 4 1970-01-01 00:00 etc/ssl/certs/ca-certificates.crt',
        'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
        'drwxr-xr-x 0/0 0 1970-01-01 00:00 usr/',
        'drwxr-xr-x 0/0 0 1970-01-01 00:00 usr/local/',
        'drwxr-xr-x 0/0 0 1970-01-01 00:00 usr/local/bin/',
        '-rwxr-xr-x 0/0 150 1970-01-01 00:00 usr/local/bin/tiny',
        '',
      ],
    )
  }))

test('only a static program for Linux can stand alone in an image', async () => {
  assert.equal(judgeProgram(tinyProgram()), { architecture: 'amd64' })
  const loaded = tinyProgram()
  loaded.writeUInt32LE(3, 64)
  assert.match(JSON.stringify(judgeProgram(loaded)), 'linked dynamically')
  const strange = tinyProgram()
  strange.writeUInt16LE(8, 18)
  assert.match(JSON.stringify(judgeProgram(strange)), 'processor')
  for (const bytes of [Buffer.from('#!/bin/sh\n'), Buffer.alloc(200), Buffer.alloc(0)])
    assert.match(JSON.stringify(judgeProgram(bytes)), 'no Linux program')
  const cut = tinyProgram().subarray(0, 64)
  assert.equal(judgeProgram(cut), { architecture: 'amd64' })
})

test('the command prints what names the image, and writes the archive', () =>
  withScratch(async (cwd) => {
    await writeFile(join(cwd, 'tiny'), tinyProgram())
    const made = await callHoldfast(['image', 'tiny', '--tag', 'v1', '-o', 'images/tiny.tar'], { cwd })
    assert.is(made.code, 0, made.err)
    assert.is(made.out, `${PINNED}\n`)
    const expected = Buffer.concat(imageOf(REQUEST).archive)
    assert.ok(expected.equals(await readFile(join(cwd, 'images/tiny.tar'))))
  }))

test('the command refuses what cannot be an image, with what to do', () =>
  withScratch(async (cwd) => {
    await writeFile(join(cwd, 'tiny'), tinyProgram())
    await writeFile(join(cwd, 'script'), '#!/bin/sh\n')
    for (const [words, said] of [
      [['absent'], /`absent`: it cannot be read: ENOENT/],
      [['script'], /no Linux program/],
      [['tiny', '--name', 'Tiny'], /`Tiny` cannot be the name/],
      [['tiny', '--name', 'localhost/tiny:v1'], /without a tag/],
      [['tiny', '--tag', '-x'], /`-x` cannot|needs a value/],
      [['tiny', '--certificates', 'absent.pem'], /`absent\.pem`/],
    ] as const) {
      const { code, err } = await callHoldfast(['image', ...words], { cwd })
      assert.is(code, 2, words.join(' '))
      assert.match(err, said)
    }
  }))

test.run()

interface Described {
  readonly digest: string
  readonly size: number
}

async function unpack(folder: string, archive: readonly Uint8Array[]): Promise<void> {
  const path = join(folder, 'archive.tar')
  await writeFile(path, Buffer.concat(archive))
  await run('tar', ['-xf', path, '-C', folder])
}

async function blob(folder: string, { digest, size }: Described): Promise<Buffer> {
  const [kind = '', sha256 = ''] = digest.split(':')
  const bytes = await readFile(join(folder, 'blobs', kind, sha256))
  assert.is(bytes.length, size)
  assert.is(createHash('sha256').update(bytes).digest('hex'), sha256)
  return bytes
}

async function document(path: string): Promise<{ manifests: [Described & { annotations: object }] }> {
  return JSON.parse(await readFile(path, 'utf8'))
}

const run = promisify(execFile)
