import { chmod, chown, lstat, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import { Secret } from '../../engine/core/secret.ts'
import { copy } from '../../engine/modules/copy.ts'
import { quote, verbatim } from '../../engine/core/script.ts'
import { applyModule, runScript } from '../support/apply_module.ts'
import { assertConverges, assertRefuses, assertSettled } from '../support/module_round.ts'
import { NO_ROOT } from '../support/root.ts'
import { treeOf, withScratch } from '../support/scratch.ts'
import { suiteUnless } from '../support/skip.ts'

const test = suiteUnless(NO_ROOT, 'copy')
const NAME = `-rf $(touch x) 'a' "b" * \\ ;\n`

test('makes a file of any name, and repairs whatever drifts', () =>
  withScratch(async (root) => {
    const dest = join(root, NAME)
    const round = { root, params: { content: 'one\n', dest, owner: 'daemon', group: 'bin', mode: 'u=rw,g=r,o=' } }
    const { changes } = await assertConverges(copy, round)
    assert.equal(changes, [{ what: dest, from: 'absent', to: 'file', text: { before: '', after: 'one\n' } }])
    assert.is(await readFile(dest, 'utf8'), 'one\n')
    const drifts: readonly (() => Promise<void>)[] = [
      () => writeFile(dest, 'two\n'),
      () => writeFile(dest, ''),
      () => chmod(dest, 0o4755),
      () => chown(dest, 0, 2),
      () => chown(dest, 1, 0),
      () => rm(dest),
    ]
    for (const drift of drifts) {
      await drift()
      await assertConverges(copy, round)
      const { mode, uid, gid } = await lstat(dest)
      assert.equal([mode & 0o7777, uid, gid, await readFile(dest, 'utf8')], [0o640, 1, 2, 'one\n'])
    }
    assert.equal(await readdir(root), [NAME])
  }))

test('keeps owner, mode and extended attributes that are not managed', () =>
  withScratch(async (root) => {
    const dest = join(root, 'x')
    await writeFile(dest, 'one', { mode: 0o600 })
    await chown(dest, 1, 2)
    await chmod(dest, 0o2751)
    await assertConverges(copy, { root, params: { content: 'two', dest } })
    const { mode, uid, gid } = await lstat(dest)
    assert.equal([mode & 0o7777, uid, gid], [0o2751, 1, 2])
  }))

test('adds the name of src to a directory, and makes one where dest ends in a slash', () =>
  withScratch(async (root) => {
    const sources = { src: Content.of(new Uint8Array([0, 255, 10, 13])) }
    await assertConverges(copy, {
      root,
      sources,
      params: { src: 'files/blob', dest: `${root}/new/deep/`, directory_mode: '0750', mode: '0600' },
    })
    await assertSettled(copy, { root, sources, params: { src: 'files/blob', dest: `${root}/new/deep` } })
    assert.equal(await readFile(`${root}/new/deep/blob`), Buffer.from([0, 255, 10, 13]))
    assert.is((await lstat(`${root}/new`)).mode & 0o7777, 0o750)
  }))

test('shows nothing of a secret and gives it 0600', () =>
  withScratch(async (root) => {
    const { changes } = await assertConverges(copy, { root, params: { content: new Secret('pin', 'hunter22'), dest: `${root}/pin` } })
    assert.equal(changes, [{ what: `${root}/pin`, from: 'absent', to: 'file' }])
    assert.is((await lstat(`${root}/pin`)).mode & 0o7777, 0o600)
  }))

test('keeps the old file when the new one is refused, and leaves nothing else', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/x`, 'good')
    const params = { content: 'bad', dest: `${root}/x`, validate: `sh -c 'grep -q good "$0"' %s` }
    await assertRefuses(copy, { root, params }, 'refused the new content: the old file stays')
    await assertConverges(copy, { root, params: { ...params, content: 'good too' } })
    assert.equal(await readdir(root), ['x'])
  }))

test('keeps the old file beside the new one on demand', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/x`, 'one')
    const { registered } = await assertConverges(copy, { root, params: { content: 'two', dest: `${root}/x`, backup: true } })
    assert.is(await readFile(String(registered['backup_file']), 'utf8'), 'one')
    assert.match(String(registered['backup_file']), /x\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d\.\d{9}~$/)
  }))

test('with force off, leaves the content of a file that exists', () =>
  withScratch(async (root) => {
    const params = { content: 'one', dest: `${root}/x`, force: false }
    await assertConverges(copy, { root, params })
    await assertSettled(copy, { root, params: { ...params, content: 'two' } })
    await assertConverges(copy, { root, params: { ...params, content: 'two', mode: '0600' } })
    assert.is(await readFile(`${root}/x`, 'utf8'), 'one')
  }))

test('replaces a link, or writes to what it leads to', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/a`)
    await writeFile(`${root}/a/real`, 'one')
    await symlink('a/real', `${root}/link`)
    await assertConverges(copy, { root, params: { content: 'two', dest: `${root}/link`, follow: true } })
    assert.is(await readFile(`${root}/a/real`, 'utf8'), 'two')
    await assertConverges(copy, { root, params: { content: 'two', dest: `${root}/link` } })
    assert.ok((await lstat(`${root}/link`)).isFile())
    assert.is(await readFile(`${root}/a/real`, 'utf8'), 'two')
  }))

test('refuses a path through a link of another user', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/etc`)
    await mkdir(`${root}/home`)
    await symlink('../etc', `${root}/home/conf`)
    await run(`chown -h daemon ${quote(`${root}/home/conf`)}`)
    await assertRefuses(copy, { root, params: { content: 'x', dest: `${root}/home/conf/passwd` } }, 'a symbolic link made by `daemon`')
    await assertRefuses(
      copy,
      { root, params: { content: 'x', dest: `${root}/home/conf`, follow: true } },
      'a symbolic link made by `daemon`',
    )
  }))

test('copies a file of the host', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/from`, 'one')
    const params = { src: `${root}/from`, dest: `${root}/to`, remote_src: true, mode: '0640' }
    await assertConverges(copy, { root, params })
    await writeFile(`${root}/from`, 'two')
    await assertConverges(copy, { root, params })
    assert.is(await readFile(`${root}/to`, 'utf8'), 'two')
    await assertRefuses(copy, { root, params: { ...params, src: `${root}/none` } }, 'No such file')
  }))

test('refuses what is not there, and what is no file', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/d`)
    await assertRefuses(copy, { root, params: { content: 'x', dest: `${root}/none/x` } }, 'cannot enter')
    await assertRefuses(copy, { root, params: { content: 'x', dest: `${root}/d` } }, 'is a directory, not a file')
    await assertRefuses(copy, { root, params: { content: 'x', dest: `${root}/x`, owner: 'nobody-here' } }, 'invalid user')
  }))

test('leaves the old file whole when the disk is full', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/small`)
    await run(`mount -t tmpfs -o size=64k tmpfs ${quote(`${root}/small`)}`)
    try {
      await writeFile(`${root}/small/x`, 'one')
      await assertRefuses(
        copy,
        { root, params: { content: 'x'.repeat(80_000), dest: `${root}/small/x` } },
        /No space left on device[\s\S]*the old file stays/,
      )
      assert.is(await readFile(`${root}/small/x`, 'utf8'), 'one')
    } finally {
      await run(`umount ${quote(`${root}/small`)}`)
    }
  }))

test('never lets a reader see half a file', () =>
  withScratch(async (root) => {
    const dest = `${root}/x`
    const texts = ['a'.repeat(50_000), 'b'.repeat(50_000)]
    await writeFile(dest, texts[0] ?? '')
    let writing = true
    const reader = (async () => {
      while (writing) assert.ok(texts.includes(await readFile(dest, 'utf8')))
    })()
    for (const content of [...texts.toReversed(), ...texts.toReversed()]) await applyModule(copy, { content, dest })
    writing = false
    await reader
    assert.is((await treeOf(root)).split('\n').length, 2)
  }))

test.run()

async function run(command: string): Promise<void> {
  const { rc, stderr } = await runScript(verbatim(command))
  if (rc !== 0) throw new Error(stderr)
}
