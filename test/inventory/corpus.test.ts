/**
 * Compares our answers with those of ansible-inventory, on every folder of `corpus/`. The answers are stored beside each
 * inventory, so that this also works where Ansible is not installed; where it is, it is asked again.
 * After a change to the corpus: `HOLDFAST_REFRESH=1 node dist/test/run.js inventory/corpus`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderList } from '../../engine/inventory/list.ts'
import { loadInventory } from '../../engine/inventory/load.ts'
import { ansibleInventory, type Case, cases, pathsOf } from './oracle.ts'

const test = suite('inventory corpus')
const isRefresh = process.env['HOLDFAST_REFRESH'] === '1'

for (const one of cases()) {
  test(`${one.name} lists as Ansible lists it`, async () => {
    const asked = await ansibleInventory(one, ['--list'])
    if (isRefresh && asked !== undefined) writeFileSync(one.expected, `${JSON.stringify(JSON.parse(asked), null, 1)}\n`)
    const stored = storedFor(one)
    if (asked !== undefined) assert.equal(stored, JSON.parse(asked), 'the stored answer is fresh')
    assert.equal(JSON.parse(JSON.stringify(renderList(await loadInventory(pathsOf(one))))), stored)
  })
}

test('holds at least thirty inventories', () => {
  assert.ok(cases().length >= 30)
})

function storedFor({ expected }: Case): unknown {
  assert.ok(existsSync(expected), 'no answer is stored; see the head of this file')
  return JSON.parse(readFileSync(expected, 'utf8'))
}

test.run()
