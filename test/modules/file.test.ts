import type { Stats } from 'node:fs'
import { chmod, chown, link, lstat, mkdir, readFile, readlink, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { quote, verbatim } from '../../engine/core/script.ts'
import { file } from '../../engine/modules/file.ts'
import { applyModule, runScript } from '../support/apply_module.ts'
import { assertConverges, assertRefuses, assertSettled } from '../support/module_round.ts'
import { NO_ROOT } from '../support/root.ts'
import { withScratch } from '../support/scratch.ts'
import { suiteUnless } from '../support/skip.ts'

const test = suiteUnless(NO_ROOT, 'file')
const NAME = `-rf $(touch x) 'a' "b" * \\ ;\n`

test('makes a directory and those above it, and repairs whatever drifts', () =>
  withScratch(async (root) => {
    const path = `${root}/a/b/${NAME}`
    const round = { root, params: { path, state: 'directory', owner: '1', group: 'bin', mode: '2750' } }
    await assertConverges(file, round)
    assert.equal(await attributes(`${root}/a`), [0o2750, 1, 2])
    for (const drift of [
      () => chmod(path, 0o1777),
      () => chown(path, 0, 2),
      () => chown(path, 1, 0),
      () => rm(path, { recursive: true }),
    ]) {
      await drift()
      await assertConverges(file, round)
      assert.equal(await attributes(path), [0o2750, 1, 2])
    }
    await assertConverges(file, { root, params: { path, mode: '0755' } })
    assert.equal(await attributes(path), [0o755, 1, 2])
  }))

test('keeps the attributes of everything below', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/t/${NAME}`, { recursive: true })
    await writeFile(`${root}/t/${NAME}/run`, '', { mode: 0o755 })
    await writeFile(`${root}/t/plain`, '', { mode: 0o600 })
    await symlink('/etc/passwd', `${root}/t/link`)
    const passwd = await stat('/etc/passwd')
    const round = { root, params: { path: `${root}/t`, recurse: true, mode: 'u=rwX,g=rX,o=', owner: 'daemon', group: '2' } }
    await assertConverges(file, round)
    assert.equal(await attributes(`${root}/t/plain`), [0o640, 1, 2])
    assert.equal(await attributes(`${root}/t/${NAME}/run`), [0o750, 1, 2])
    await chmod(`${root}/t/plain`, 0o644)
    const { changes } = await assertConverges(file, round)
    assert.equal(changes, [{ what: `below ${root}/t`, from: 'file 0644 daemon:2', to: 'file 0640 daemon:2' }])
    await assertConverges(file, { root, params: { path: `${root}/t`, recurse: true, mode: '0700' } })
    assert.equal(withoutReading(await stat('/etc/passwd')), withoutReading(passwd))
  }))

test('removes files, links and whole trees, and nothing that a link leads to', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/keep`)
    await writeFile(`${root}/keep/x`, '')
    await mkdir(`${root}/tree/${NAME}`, { recursive: true })
    await symlink('../keep', `${root}/tree/link`)
    await symlink('keep', `${root}/link`)
    await writeFile(`${root}/${NAME}`, '')
    for (const name of ['tree', 'link', NAME]) await assertConverges(file, { root, params: { path: `${root}/${name}`, state: 'absent' } })
    await assertSettled(file, { root, params: { path: `${root}/none/deeper`, state: 'absent' } })
    assert.is(await readFile(`${root}/keep/x`, 'utf8'), '')
  }))

test('does not reach into another file system when it removes a tree', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/tree/mounted`, { recursive: true })
    await run(`mount -t tmpfs tmpfs ${quote(`${root}/tree/mounted`)}`)
    try {
      await writeFile(`${root}/tree/mounted/x`, '')
      await assertRefuses(file, { root, params: { path: `${root}/tree`, state: 'absent' } }, 'different device')
    } finally {
      await run(`umount ${quote(`${root}/tree/mounted`)}`)
    }
  }))

test('removes nothing that is mounted on the path itself', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/kept`)
    await writeFile(`${root}/kept/x`, '')
    for (const mounting of ['-t tmpfs tmpfs', `--bind ${quote(`${root}/kept`)}`]) {
      await mkdir(`${root}/mounted`, { recursive: true })
      await run(`mount ${mounting} ${quote(`${root}/mounted`)}`)
      try {
        await writeFile(`${root}/mounted/x`, '')
        await assertRefuses(file, { root, params: { path: `${root}/mounted`, state: 'absent' } }, 'something is mounted on')
        assert.is(await readFile(`${root}/mounted/x`, 'utf8'), '')
      } finally {
        await run(`umount ${quote(`${root}/mounted`)}`)
      }
    }
  }))

test('makes a link, leads it elsewhere, and owns it', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/${NAME}`, '')
    await writeFile(`${root}/b`, '')
    await assertConverges(file, { root, params: { dest: `${root}/l`, src: NAME, state: 'link' } })
    assert.is(await readlink(`${root}/l`), NAME)
    await assertConverges(file, { root, params: { dest: `${root}/l`, src: `${root}/b`, state: 'link' } })
    await assertConverges(file, {
      root,
      params: { dest: `${root}/l`, src: `${root}/b`, state: 'link', owner: '1', group: '2', follow: false },
    })
    assert.equal((await attributes(`${root}/l`)).slice(1), [1, 2])
    assert.equal((await attributes(`${root}/b`)).slice(1), [0, 0])
    await assertRefuses(file, { root, params: { dest: `${root}/l`, src: `${root}/b`, state: 'link', owner: '1' } }, 'need `follow: false`')
  }))

test('makes a link that leads nowhere, or in the place of something else, only by force', () =>
  withScratch(async (root) => {
    const params = { dest: `${root}/l`, src: 'nowhere', state: 'link' }
    await assertRefuses(file, { root, params }, '`src: nowhere` does not exist')
    await assertConverges(file, { root, params: { ...params, force: true } })
    await writeFile(`${root}/nowhere`, '')
    await writeFile(`${root}/f`, '')
    await mkdir(`${root}/full`)
    await writeFile(`${root}/full/x`, '')
    await assertRefuses(file, { root, params: { ...params, dest: `${root}/f` } }, 'is a file, and would be replaced by a link')
    await assertConverges(file, { root, params: { ...params, dest: `${root}/f`, force: true } })
    await assertRefuses(file, { root, params: { ...params, dest: `${root}/full`, force: true } }, 'not empty')
  }))

test('makes a hard link', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/a`, '')
    await writeFile(`${root}/b`, '')
    const params = { path: `${root}/l`, src: `${root}/a`, state: 'hard' }
    await assertConverges(file, { root, params })
    assert.is((await stat(`${root}/a`)).nlink, 2)
    await rm(`${root}/l`)
    await link(`${root}/b`, `${root}/l`)
    await assertRefuses(file, { root, params }, 'would be replaced by a link')
    await assertConverges(file, { root, params: { ...params, force: true } })
    await assertRefuses(file, { root, params: { ...params, src: `${root}/none`, force: true } }, 'does not exist')
  }))

test('touches a file: makes it, or makes its times new', () =>
  withScratch(async (root) => {
    const params = { path: `${root}/${NAME}`, state: 'touch', mode: '0600' }
    await assertConverges(file, { root, params })
    assert.is((await attributes(`${root}/${NAME}`))[0], 0o600)
    await utimes(`${root}/${NAME}`, 1000, 1000)
    await assertSettled(file, { root, params: { ...params, modification_time: 'preserve', access_time: 'preserve' } })
    const { changes } = await assertConverges(file, { root, params: { ...params, access_time: 'preserve' } })
    assert.equal(changes, [{ what: 'modification time', to: 'now' }])
  }))

test('keeps the attributes of what is there, through a link or not', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/a`, '', { mode: 0o644 })
    await symlink('a', `${root}/l`)
    await assertConverges(file, { root, params: { path: `${root}/l`, mode: '0600' } })
    await assertConverges(file, { root, params: { path: `${root}/l`, owner: '1', follow: false } })
    // chmod follows links: giving the link away must not open what it leads to.
    assert.equal([await attributes(`${root}/a`), (await attributes(`${root}/l`))[1]], [[0o600, 0, 0], 1])
    await assertRefuses(file, { root, params: { path: `${root}/none` } }, 'there is nothing at')
    await assertRefuses(file, { root, params: { path: `${root}/a`, state: 'directory' } }, 'is a file, not a directory')
    await assertRefuses(file, { root, params: { path: `${root}/a`, owner: 'no-such-user' } }, 'invalid user')
  }))

test('refuses a directory that was replaced by a link after the look', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/real`)
    await mkdir(`${root}/d`)
    const params = { path: `${root}/d/x`, state: 'directory' }
    const foretold = await applyModule(file, params, { check: true })
    assert.is(foretold.status, 'changed')
    await rm(`${root}/d`, { recursive: true })
    await symlink('real', `${root}/d`)
    await run(`chown -h daemon ${quote(`${root}/d`)}`)
    await assertRefuses(file, { root, params }, 'a symbolic link made by `daemon`')
  }))

test.run()

/** All but when it was last read, which anybody may do meanwhile. */
function withoutReading({ mode, uid, gid, nlink, ino, size, mtimeMs, ctimeMs }: Stats): object {
  return { mode, uid, gid, nlink, ino, size, mtimeMs, ctimeMs }
}

async function attributes(path: string): Promise<readonly number[]> {
  const { mode, uid, gid } = await lstat(path)
  return [mode & 0o7777, uid, gid]
}

async function run(command: string): Promise<void> {
  const { rc, stderr } = await runScript(verbatim(command))
  if (rc !== 0) throw new Error(stderr)
}
