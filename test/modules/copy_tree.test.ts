import { chmod, chown, lstat, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import { copy } from '../../engine/modules/copy.ts'
import { assertConverges, assertRefuses, assertSettled } from '../support/module_round.ts'
import { NO_ROOT } from '../support/root.ts'
import { withScratch } from '../support/scratch.ts'
import { suiteUnless } from '../support/skip.ts'

const test = suiteUnless(NO_ROOT, 'copy of a folder')
const NAME = `-rf $(touch x) 'a' "b" * \\ ;\n`
const SOURCES = {
  'src/empty/': Content.of(''),
  'src/d/': Content.of(''),
  [`src/d/${NAME}`]: Content.of('one'),
  'src/z': Content.of('zed\n'),
}

test('makes everything in it, and repairs whatever drifts', () =>
  withScratch(async (root) => {
    const top = `${root}/new/conf`
    const params = { src: 'conf', dest: `${root}/new`, mode: '0640', owner: 'daemon', group: '2', directory_mode: '0750' }
    const round = { root, sources: SOURCES, params }
    const { changes } = await assertConverges(copy, round)
    assert.equal(changes, [
      { what: `${top}/d`, from: 'absent', to: 'directory' },
      { what: `${top}/d/${NAME}`, from: 'absent', to: 'file' },
      { what: `${top}/empty`, from: 'absent', to: 'directory' },
      { what: `${top}/z`, from: 'absent', to: 'file' },
    ])
    const drifts = [
      () => writeFile(`${top}/z`, 'zod\n'),
      () => chmod(`${top}/z`, 0o644),
      () => chown(`${top}/d/${NAME}`, 0, 2),
      () => rm(`${top}/empty`, { recursive: true }),
      () => rm(`${top}/d`, { recursive: true }),
      () => rm(`${top}/z`).then(() => symlink('/etc/passwd', `${top}/z`)),
    ]
    for (const drift of drifts) {
      await drift()
      await assertConverges(copy, round)
    }
    const { mode, uid, gid } = await lstat(`${top}/d/${NAME}`)
    assert.equal([mode & 0o7777, uid, gid, (await lstat(`${top}/d`)).mode & 0o7777], [0o640, 1, 2, 0o750])
    assert.equal([await readFile(`${top}/z`, 'utf8'), await readdir(top)], ['zed\n', ['d', 'empty', 'z']])
  }))

test('means what is in it where src ends in a slash, and leaves other files alone', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/to`)
    await writeFile(`${root}/to/mine`, '')
    const round = { root, sources: SOURCES, params: { src: 'conf/', dest: `${root}/to/` } }
    await assertConverges(copy, round)
    assert.equal(await readdir(`${root}/to`), ['d', 'empty', 'mine', 'z'])
    await writeFile(`${root}/to/z`, 'mine')
    await assertSettled(copy, { ...round, params: { ...round.params, force: false } })
  }))

test('refuses a link or a file where a folder belongs', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/elsewhere`)
    await symlink(`${root}/elsewhere`, `${root}/d`)
    const round = { root, sources: SOURCES, params: { src: 'conf/', dest: root } }
    await assertRefuses(copy, round, '/d` is a link, not a directory')
    await writeFile(`${root}/f`, '')
    await assertRefuses(copy, { ...round, params: { src: 'conf/', dest: `${root}/f` } }, 'is a file, not a directory')
  }))

test.run()
