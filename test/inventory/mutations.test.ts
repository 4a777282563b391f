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

test('1,000 mutated INI inventories each end in an inventory or in problems with a place', () => {
  const ends = mutated(INI, 1000).map((text) => endOf((draft) => readIni(text, { draft, file: 'f' })))
  assert.ok(ends.includes(0) && ends.some((problems) => problems > 0))
})

test('500 mutated YAML inventories each end in an inventory or in problems with a place', () => {
  const ends = mutated(YAML, 500).map((text) => endOf((draft) => readGroups(parseYaml(text, 'f'), draft)))
  assert.ok(ends.includes(0) && ends.some((problems) => problems > 0))
})

/** Reads, and uses what was read as every command does. Gives the number of problems. */
function endOf(read: (draft: Draft) => void): number {
  const started = performance.now()
  const draft = newDraft()
  attempt(draft.problems, () => read(draft))
  const inventory = { ...finish(draft), sources: [], folders: [], warnings: draft.warnings }
  JSON.stringify(renderList(inventory))
  assert.is(selectHosts(inventory, [{ text: 'all' }]).hosts.length, inventory.hosts.size)
  for (const { origin, message } of [...draft.problems, ...draft.warnings]) {
    assert.ok(origin && origin.line >= 1 && origin.column >= 1, `${message} has a place`)
  }
  assert.ok(performance.now() - started < 2000, 'in time')
  return draft.problems.length
}

test.run()
