import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import { quote, verbatim } from '../../engine/core/script.ts'
import { unarchive } from '../../engine/modules/unarchive.ts'
import { runScript } from '../support/apply_module.ts'
import { assertConverges, assertRefuses, assertSettled } from '../support/module_round.ts'
import { NO_ROOT } from '../support/root.ts'
import { treeOf, withScratch } from '../support/scratch.ts'
import { suiteUnless } from '../support/skip.ts'

const test = suiteUnless(NO_ROOT, 'unarchive')
const NAME = `-rf $(touch x) 'a' "b" * \\ ;\n`
const PACKERS = [
  ['tar.gz', '--gzip'],
  ['tar.xz', '--xz'],
  ['tar.zst', '--zstd'],
] as const

for (const [suffix, flag] of PACKERS) {
  test(`unpacks a ${suffix} once, and again if anything of it drifts`, () =>
    withTree(async ({ root, from, dest }) => {
      const src = await pack(`${root}/a.${suffix}`, from, [flag, 'top'])
      const round = {
        root: dest,
        sources: { src: Content.of(src) },
        params: { src: `a.${suffix}`, dest, strip_components: 1, owner: 'daemon', group: '2' },
      }
      await assertConverges(unarchive, round)
      assert.is(await readFile(`${dest}/${NAME}/x`, 'utf8'), 'one')
      const { mode, uid, gid } = await lstat(`${dest}/run`)
      assert.equal([mode & 0o7777, uid, gid, (await lstat(`${dest}/link`)).isSymbolicLink()], [0o755, 1, 2, true])
      const drifts = [
        () => writeFile(`${dest}/${NAME}/x`, 'two'),
        () => writeFile(`${dest}/run`, ''),
        () => chmod(`${dest}/run`, 0o4755),
        () => chown(`${dest}/${NAME}`, 0, 0),
        () => rm(`${dest}/link`),
        () => rm(`${dest}/${NAME}`, { recursive: true }),
      ]
      for (const drift of drifts) {
        await drift()
        const { changes } = await assertConverges(unarchive, round)
        assert.equal(changes, [{ what: dest, from: 'files changed or missing', to: `a.${suffix} unpacked` }])
      }
      assert.equal([await readFile(`${dest}/${NAME}/x`, 'utf8'), (await readdir(dest)).length], ['one', 4])
      await writeFile(`${dest}/mine`, '')
      await assertSettled(unarchive, round)
    }))
}

test('unpacks what is asked for, and another archive over it', () =>
  withTree(async ({ root, from, dest }) => {
    const src = await pack(`${root}/a.tar`, from, ['top'])
    const params = { src: `${root}/a.tar`, dest, remote_src: true, strip_components: 1, exclude: ['*/run', 'top/link'] }
    await assertConverges(unarchive, { root: dest, params })
    assert.equal(
      (await readdir(dest)).filter((name) => !name.startsWith('.holdfast')),
      [NAME],
    )
    await assertConverges(unarchive, { root: dest, params: { ...params, exclude: [], include: ['top/r*'] } })
    assert.ok((await readdir(dest)).includes('run'))
    await writeFile(`${from}/top/run`, 'newer')
    await pack(`${root}/a.tar`, from, ['top'])
    const { changes } = await assertConverges(unarchive, { root: dest, params })
    assert.is(changes[0]?.from, 'another archive unpacked')
    const pinned = { ...params, checksum: `sha256:${createHash('sha256').update(src).digest('hex')}` }
    await assertRefuses(unarchive, { root: dest, params: pinned }, 'the archive is not the pinned one')
  }))

test('does nothing where the path of creates exists', () =>
  withTree(async ({ root, from, dest }) => {
    const sources = { src: Content.of(await pack(`${root}/a.tar`, from, ['top'])) }
    await assertSettled(unarchive, { root: dest, sources, params: { src: 'a.tar', dest, creates: `${root}/a.tar` } })
    await assertConverges(unarchive, { root: dest, sources, params: { src: 'a.tar', dest, creates: `${dest}/none` } })
  }))

test('refuses an archive that reaches out of its place, and leaves nothing of it', () =>
  withTree(async ({ root, from, dest }) => {
    await symlink('/etc/passwd', `${from}/absolute`)
    await symlink('../../etc', `${from}/upwards`)
    await mkdir(`${from}/chain/d`, { recursive: true })
    await symlink('d', `${from}/chain/inner`)
    await symlink('inner/../../../x', `${from}/chain/outer`)
    await run(`mknod ${quote(`${from}/device`)} c 1 3; mkfifo ${quote(`${from}/fifo`)}`)
    const evil: readonly (readonly [readonly string[], string])[] = [
      [['-P', `${from}/top/run`], 'absolute path or ".."'],
      [['-P', 'top/../../from/top/run'], 'absolute path or ".."'],
      [['absolute'], 'a link that leads out of it'],
      [['upwards'], 'a link that leads out of it'],
      [['chain'], 'a link that leads out of it'],
      [['device'], 'a device, a fifo or a socket'],
      [['fifo'], 'a device, a fifo or a socket'],
    ]
    for (const [members, message] of evil) {
      const sources = { src: Content.of(await pack(`${root}/evil.tar`, from, members)) }
      await assertRefuses(unarchive, { root: dest, sources, params: { src: 'evil.tar', dest } }, message)
      assert.equal(await readdir(dest), [])
    }
    await assertRefuses(
      unarchive,
      { root: dest, sources: { src: Content.of('no archive') }, params: { src: 'a.tar', dest } },
      'tar cannot read the archive',
    )
  }))

test('writes through no link that lies in its way', () =>
  withTree(async ({ root, from, dest }) => {
    const sources = { src: Content.of(await pack(`${root}/a.tar`, from, ['top'])) }
    await mkdir(`${root}/elsewhere`)
    await symlink(`${root}/elsewhere`, `${dest}/top`)
    const before = await treeOf(`${root}/elsewhere`)
    await assertRefuses(unarchive, { root: `${root}/elsewhere`, sources, params: { src: 'a.tar', dest } }, 'cannot overwrite non-directory')
    assert.is(await treeOf(`${root}/elsewhere`), before)
  }))

test('needs a directory, and a pin for an address', () =>
  withTree(async ({ root, from, dest }) => {
    const sources = { src: Content.of(await pack(`${root}/a.tar`, from, ['top'])) }
    await assertRefuses(unarchive, { root, sources, params: { src: 'a.tar', dest: `${dest}/none` } }, 'is not there')
    await assertRefuses(unarchive, { root, params: { src: 'https://example.org/a.tar', dest } }, 'an address needs `checksum')
    await assertRefuses(unarchive, { root, params: { src: 'ftp://example.org/a.tar', dest, checksum: 'x' } }, 'begins with `https://`')
    await assertRefuses(unarchive, { root, params: { src: 'a.zip', dest, strip_components: 1 } }, 'works for tar archives only')
  }))

const hasUnzip = spawnSync('unzip', ['-v']).status === 0
const zipTest = suiteUnless([...NO_ROOT, ...(hasUnzip ? [] : ['needs unzip: apt-get install unzip'])], 'unarchive of a zip')

zipTest('unpacks what is inside, and refuses what reaches out', () =>
  withTree(async ({ dest }) => {
    const params = { src: 'a.zip', dest, mode: '0700' }
    await assertConverges(unarchive, { root: dest, sources: { src: Content.of(zipOf('d/x', 'one')) }, params })
    assert.equal([await readFile(`${dest}/d/x`, 'utf8'), (await lstat(`${dest}/d/x`)).mode & 0o7777], ['one', 0o700])
    for (const name of ['../x', '/x']) {
      await assertRefuses(unarchive, { root: dest, sources: { src: Content.of(zipOf(name, 'two')) }, params }, 'absolute path or ".."')
    }
  }),
)

test.run()
zipTest.run()

interface Tree {
  readonly root: string
  readonly from: string
  readonly dest: string
}

async function withTree(body: (tree: Tree) => Promise<void>): Promise<void> {
  await withScratch(async (root) => {
    const [from, dest] = [`${root}/from`, `${root}/dest`]
    await mkdir(dest)
    await mkdir(`${from}/top/${NAME}`, { recursive: true })
    await writeFile(`${from}/top/${NAME}/x`, 'one')
    await writeFile(`${from}/top/run`, '#!/bin/sh\n', { mode: 0o755 })
    await symlink('run', `${from}/top/link`)
    await body({ root, from, dest })
  })
}

async function pack(archive: string, from: string, members: readonly string[]): Promise<Buffer> {
  await run(`cd ${quote(from)} && tar -cf ${quote(archive)} ${members.map(quote).join(' ')}`)
  return await readFile(archive)
}

async function run(command: string): Promise<void> {
  const { rc, stderr } = await runScript(verbatim(command))
  if (rc !== 0) throw new Error(stderr)
}

/** A zip with one file that is stored as it is. */
function zipOf(name: string, text: string): Buffer {
  const [path, bytes] = [Buffer.from(name), Buffer.from(text)]
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0)
  common.writeUInt32LE(checksumOf(bytes), 10)
  common.writeUInt32LE(bytes.length, 14)
  common.writeUInt32LE(bytes.length, 18)
  common.writeUInt16LE(path.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, bytes])
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, Buffer.alloc(14), path])
  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4)
  end.writeUInt16LE(1, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(local.length, 12)
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end])
}

function checksumOf(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  return (sum ^ 0xffffffff) >>> 0
}
