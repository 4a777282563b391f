import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attempt } from '../../engine/core/diagnostic.ts'
import { type Draft, newDraft } from '../../engine/inventory/draft.ts'
import { finish } from '../../engine/inventory/finish.ts'
import { readGroups } from '../../engine/inventory/group_document.ts'
import { readIni } from '../../engine/inventory/ini.ts'
import { renderList } from '../../engine/inventory/list.ts'
import { selectHosts } from '../../engine/inventory/select.ts'
import { parseYaml } from '../../engine/source/yaml.ts'
import { mutated } from '../source/mutate.ts'
import { cost } from '../support/cost.ts'

const test = suite('mutated inventories')

const INI = `loose ansible_host=192.0.2.1 x="a b" y='[1, {"k": (1, 2)}]'
[web]
web[01:03].eu:2222 port=8080 # comment
[2001:db8::1]:22 t=0x10
[db:children]
web
later
[later]
d[a:c:2] j={'a': 1}
[db:vars]
v="q" # c
w=1_000
`

const YAML = `all:
  vars: {a: 1, ansible_group_priority: 5}
  children:
    web:
      hosts:
        web[01:03].eu:2222: {port: 8080}
        db: &x {list: [1, 2]}
      children: {sub: }
    sub:
      hosts: single
      vars: *x
`

test('1,000 mutated INI inventories each end in an inventory or in problems with a place', async () => {
  const ends = await endsOf({ text: INI, count: 1000, read: (text, draft) => readIni(text, { draft, file: 'f' }) })
  assert.ok(ends.includes(0) && ends.some((problems) => problems > 0))
})

test('500 mutated YAML inventories each end in an inventory or in problems with a place', async () => {
  const ends = await endsOf({ text: YAML, count: 500, read: (text, draft) => readGroups(parseYaml(text, 'f'), draft) })
  assert.ok(ends.includes(0) && ends.some((problems) => problems > 0))
})

interface Given {
  readonly text: string
  readonly count: number
  readonly read: (text: string, draft: Draft) => void
}

/** The number of problems of each of so many mutations, which together may not cost far more than as many of what they were made from. */
async function endsOf({ text, count, read }: Given): Promise<readonly number[]> {
  const ends: number[] = []
  const texts = mutated(text, count)
  const usual = await cost(() => texts.map(() => endOf((draft) => read(text, draft))))
  const taken = await cost(() => texts.map((one) => ends.push(endOf((draft) => read(one, draft)))))
  assert.ok(taken < 20 * usual, `${taken} ms of processor time, where the unchanged inventory takes ${usual}`)
  return ends
}

/** Reads, and uses what was read as every command does. Gives the number of problems. */
function endOf(read: (draft: Draft) => void): number {
  const draft = newDraft()
  attempt(draft.problems, () => read(draft))
  const inventory = { ...finish(draft), sources: [], folders: [], warnings: draft.warnings }
  JSON.stringify(renderList(inventory))
  assert.is(selectHosts(inventory, [{ text: 'all' }]).hosts.length, inventory.hosts.size)
  for (const { origin, message } of [...draft.problems, ...draft.warnings]) {
    assert.ok(origin && origin.line >= 1 && origin.column >= 1, `${message} has a place`)
  }
  return draft.problems.length
}

test.run()
