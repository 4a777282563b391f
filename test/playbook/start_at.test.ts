import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startAt } from '../../engine/playbook/start_at.ts'
import { planOf, tasksIn } from '../support/project.ts'

const test = suite('start at a task')

const plan = planOf({
  'site.yml': `
- hosts: a
  tasks: [{name: one, timezone: {name: x}}, {name: two, timezone: {name: x}}]
- hosts: b
  pre_tasks: [{name: pre, timezone: {name: x}}]
  roles: [r]
  tasks:
    - block: [{name: three, timezone: {name: x}}, {name: four (4), timezone: {name: x}}]
      always: [{name: five, timezone: {name: x}}]
- hosts: c
  tasks: [{name: two, timezone: {name: x}}]
`,
  'roles/r/tasks/main.yml': '- {name: in the role, timezone: {name: x}}\n',
})

const left = (pattern: string): readonly string[] | undefined =>
  startAt(plan, pattern)?.plays.flatMap(({ sections }) => tasksIn(sections.flat()).map(({ name }) => name))

test('leaves out what comes before the first match', () => {
  assert.equal(left('one'), ['one', 'two', 'pre', 'in the role', 'three', 'four (4)', 'five', 'two'])
  assert.equal(left('two'), ['two', 'pre', 'in the role', 'three', 'four (4)', 'five', 'two'])
  assert.equal(left('in*'), ['in the role', 'three', 'four (4)', 'five', 'two'])
  assert.equal(left('r : in the role'), ['in the role', 'three', 'four (4)', 'five', 'two'])
  assert.equal(left('four (?)'), ['four (4)', 'five', 'two'])
})

test('says that nothing matched', () => {
  assert.is(left('six'), undefined)
  assert.is(left('tw'), undefined)
})

test.run()
