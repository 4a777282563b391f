import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { stat } from '../../engine/modules/stat.ts'
import { applyModule } from '../support/apply_module.ts'
import { withScratch } from '../support/scratch.ts'

const test = suite('stat')

test('tells what a file is', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/-x\n`, 'one', { mode: 0o640 })
    const found = await look({ dest: `${root}/-x\n` })
    assert.equal(
      [
        found['exists'],
        found['isreg'],
        found['isdir'],
        found['islnk'],
        found['mode'],
        found['size'],
        found['rgrp'],
        found['wgrp'],
        found['nlink'],
      ],
      [true, true, false, false, '0640', 3, true, false, 1],
    )
    assert.is(found['checksum'], '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed')
    assert.is((await look({ path: `${root}/-x\n`, checksum_algorithm: 'sha1' }))['checksum'], 'fe05bcdcdc4928012781a5f1a2a77cbb5398e106')
  }))

test('tells what a link says and what it leads to', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/d`)
    await symlink('d', `${root}/l\n`)
    const found = await look({ path: `${root}/l\n` })
    assert.equal([found['islnk'], found['lnk_target'], found['lnk_source']], [true, 'd', `${root}/d`])
    assert.equal((await look({ path: `${root}/l\n`, follow: true }))['isdir'], true)
  }))

test('tells that nothing is there', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/x`, '')
    assert.equal(await look({ path: `${root}/none` }), { exists: false })
    assert.equal(await look({ path: `${root}/x/below` }), { exists: false })
  }))

test.run()

async function look(params: object): Promise<Record<string, Json>> {
  const { registered, status, message } = await applyModule(stat, params)
  assert.is(status, 'ok', message)
  return registered['stat'] as Record<string, Json>
}
