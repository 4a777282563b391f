import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { notified, unanswered } from '../../engine/playbook/handlers.ts'
import { playOf } from '../support/project.ts'

const test = suite('handlers')

const handlers = playOf({
  'site.yml': `
- hosts: all
  roles: [one, two]
  handlers:
    - {name: first, timezone: {name: x}, listen: [topic]}
    - {name: second, timezone: {name: x}}
    - {name: third, timezone: {name: x}, listen: "topic, other"}
`,
  'roles/one/handlers/main.yml': '- {name: restart, timezone: {name: x}}\n- {name: second, timezone: {name: x}}\n',
  'roles/two/handlers/main.yml': '- {name: restart, timezone: {name: x}, listen: topic}\n',
}).handlers

const meant = (...names: readonly string[]): readonly string[] =>
  notified(names, handlers).map(({ name, role }) => (role ? `${role.name} : ${name}` : name))

test('run in the order of their definition, whatever the order of the notifications', () => {
  assert.equal(meant('third', 'second', 'first'), ['first', 'second', 'third'])
})

test('run once when notified by name and by topic', () => {
  assert.equal(meant('first', 'topic'), ['two : restart', 'first', 'third'])
})

test('are taken from what was loaded last where a bare name stands for several, and by their role otherwise', () => {
  assert.equal(meant('restart'), ['two : restart'])
  assert.equal(meant('one : restart'), ['one : restart'])
  assert.equal(meant('second'), ['second'])
  assert.equal(meant('one : second'), ['one : second'])
})

test('answer to every topic they listen to', () => {
  assert.equal(meant('other'), ['third'])
  assert.equal(unanswered(['other', 'nobody', 'one : nobody'], handlers), ['nobody', 'one : nobody'])
})

test.run()
