import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RANKS } from '../../engine/core/plan.ts'
import { Secret } from '../../engine/core/secret.ts'
import { createScope } from '../../engine/playbook/scope.ts'
import type { ScopeLayer } from '../../engine/playbook/scope_layer.ts'
import { force } from '../../engine/playbook/term.ts'
import { documentFrom, given, scopeFrom } from '../support/documents.ts'
import { playOf, tasksIn } from '../support/project.ts'

const test = suite('precedence')

test('every rank beats every weaker one, in whatever order the layers come', () => {
  const options = { host: 'h', open: () => new Secret('', '') }
  for (const [i, weak] of RANKS.entries()) {
    for (const strong of RANKS.slice(i + 1)) {
      const layers: readonly ScopeLayer[] = [
        { rank: strong, given: { x: 'strong' } },
        { rank: weak, values: documentFrom('x: weak') },
      ]
      for (const order of [layers, layers.toReversed()]) {
        assert.is(createScope(order, options).lookup('x'), 'strong', `${strong} over ${weak}`)
        assert.is(createScope(order.slice(0, 1), options).with(order.slice(1)).lookup('x'), 'strong', `${strong} over ${weak}, added later`)
      }
    }
  }
})

test('what a playbook says ranks as in Ansible', () => {
  const play = playOf({
    'site.yml': `
- hosts: all
  vars: {a: play, b: play, c: play, d: play}
  vars_files: [more.yml]
  roles: [{role: r, vars: {e: entry, f: entry}, g: param}]
`,
    'more.yml': 'b: file\nc: file\nd: file\n',
    'roles/r/defaults/main.yml': 'a: default\nonly: default\n',
    'roles/r/vars/main.yml': 'c: role\ne: role\ng: role\nd: role\n',
    'roles/r/tasks/main.yml':
      '- block: [{timezone: {name: x}, vars: {d: task, f: task, h: task, g: task}}]\n  vars: {d: block, h: block, i: block}\n',
  })
  const [task] = tasksIn(play.sections[1] ?? [])
  const scope = scopeFrom('{}', [...play.vars, ...(task?.vars ?? []), given({ h: 'registered', g: 'registered' })])
  const read = (name: string): unknown => force(scope.lookup(name) ?? null)
  const expected = {
    a: 'play',
    b: 'file',
    c: 'role',
    d: 'task',
    e: 'entry',
    f: 'task',
    g: 'param',
    h: 'registered',
    i: 'block',
    only: 'default',
  }
  for (const [name, value] of Object.entries(expected)) assert.is(read(name), value, name)
})

test('a role sees its own defaults before those of roles named later', () => {
  const play = playOf({
    'site.yml': '- hosts: all\n  roles: [one, two]\n  tasks: [{timezone: {name: x}}]\n',
    'roles/one/defaults/main.yml': 'x: one\n',
    'roles/one/tasks/main.yml': '- {timezone: {name: x}}\n',
    'roles/two/defaults/main.yml': 'x: two\n',
  })
  const seen = tasksIn(play.sections[1] ?? []).map(({ vars }) => force(scopeFrom('{}', [...play.vars, ...vars]).lookup('x') ?? null))
  assert.equal(seen, ['one', 'two'])
})

test.run()
