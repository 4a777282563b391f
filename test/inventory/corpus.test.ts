/**
 * Compares our answers with those of ansible-inventory, on every folder of `corpus/`. The answers are stored beside each
 * inventory, so that this also works where Ansible is not installed; where it is, it is asked again.
 * After a change to the corpus: `HOLDFAST_REFRESH=1 node dist/test/run.js inventory/corpus`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderGraph, renderList } from '../../engine/inventory/list.ts'
import { loadInventory } from '../../engine/inventory/load.ts'
import { limit } from '../support/limit.ts'
import { suiteUnless } from '../support/skip.ts'
import { ansibleInventory, type Case, cases, hasAnsible, pathsOf } from './oracle.ts'

limit(300)
const test = suite('inventory corpus')
const oracle = suiteUnless((await hasAnsible()) ? [] : ['ansible-inventory is not installed'], 'ansible-inventory')
const isRefresh = process.env['HOLDFAST_REFRESH'] === '1'

for (const one of cases()) {
  oracle(`says of ${one.name} what is stored`, async () => {
    const asked = JSON.parse(await ansibleInventory(one, ['--list']))
    if (isRefresh) writeFileSync(one.expected, `${JSON.stringify(asked, null, 1)}\n`)
    assert.equal(storedFor(one), asked)
  })
}

for (const one of cases()) {
  test(`${one.name} lists as Ansible lists it`, async () => {
    assert.equal(JSON.parse(JSON.stringify(renderList(await loadInventory(pathsOf(one))))), storedFor(one))
  })
}

oracle('draws the groups as we draw them', async () => {
  for (const one of cases().filter((_, i) => i % 8 === 0)) {
    const drawn = await ansibleInventory(one, ['--graph'])
    assert.is(`${renderGraph(await loadInventory(pathsOf(one)))}\n`, drawn, one.name)
  }
})

test('holds at least thirty inventories', () => {
  assert.ok(cases().length >= 30)
})

function storedFor({ expected }: Case): unknown {
  assert.ok(existsSync(expected), 'no answer is stored; see the head of this file')
  return JSON.parse(readFileSync(expected, 'utf8'))
}

oracle.run()
test.run()
