import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fetch } from '../../engine/modules/fetch.ts'
import { slurp } from '../../engine/modules/slurp.ts'
import { applyModule } from '../support/apply_module.ts'
import { withScratch } from '../support/scratch.ts'

const test = suite('fetch and slurp')
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
const NAME = "-rf $(id) 'x'\n"

test('bring every byte', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/${NAME}`, BYTES)
    await symlink(NAME, `${root}/link`)
    const slurped = await applyModule(slurp, { path: `${root}/link` })
    assert.equal(Buffer.from(String(slurped.registered['content']), 'base64'), BYTES)
    const { registered } = await applyModule(fetch, { src: `${root}/${NAME}`, dest: 'logs' })
    assert.equal(registered['save'], { path: 'logs', perHost: `${root.slice(1)}/${NAME}`, base64: BYTES.toString('base64') })
    assert.is(registered['checksum'], '40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880')
  }))

test('put a flat file where the params say', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/x`, '')
    const paths = await Promise.all(
      ['keys/y', 'keys/'].map(async (dest) => (await applyModule(fetch, { src: `${root}/x`, dest, flat: true })).registered['save']),
    )
    assert.equal(paths, [
      { path: 'keys/y', base64: '' },
      { path: 'keys/x', base64: '' },
    ])
    assert.match((await applyModule(fetch, { src: `${root}/x`, dest: '../keys', flat: true })).message, 'must not hold `..`')
  }))

test('say what is not there, and what is no file', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/d`)
    for (const module of [slurp, fetch]) {
      const { status, message } = await applyModule(module, { src: `${root}/none`, dest: 'x' })
      assert.equal([status, message], ['failed', `file not found: \`${root}/none\``])
      assert.match((await applyModule(module, { src: `${root}/d`, dest: 'x' })).message, 'is a directory')
      assert.match((await applyModule(module, { src: '/dev/zero', dest: 'x' })).message, 'is no regular file')
    }
    assert.is((await applyModule(fetch, { src: `${root}/none`, dest: 'x', fail_on_missing: false })).status, 'ok')
  }))

test('read files that say they have no bytes', async () => {
  const { registered } = await applyModule(slurp, { src: '/proc/self/cmdline' })
  assert.ok(Buffer.from(String(registered['content']), 'base64').length > 0)
})

test.run()
