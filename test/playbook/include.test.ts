import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plain } from '../../engine/core/node.ts'
import type { Include, Task } from '../../engine/core/plan.ts'
import { compile } from '../../engine/playbook/compile.ts'
import { createExpander, type Expander, type Expansion } from '../../engine/playbook/include.ts'
import { Pending } from '../../engine/playbook/pending.ts'
import { render, type Scope } from '../../engine/playbook/scope.ts'
import { problemsOf, scopeFrom, scopeOf } from '../support/documents.ts'
import { type Files, tasksIn, withProject } from '../support/project.ts'

const test = suite('includes')

function withInclude(files: Files, body: (include: Include, expander: Expander) => void): void {
  withProject(files, (root) => {
    const [play] = compile([join(root, 'site.yml')], { root }).plays
    body(play?.sections[1]?.find((step): step is Include => step.kind === 'include') as Include, createExpander({ root }))
  })
}

function expanded(expander: Expander, include: Include, scope: Scope): Expansion {
  const outcome = expander.expand(include, scope, [])
  if ('condition' in outcome) throw new Error('it was skipped')
  return outcome
}

const TASK = '{name: "{{ item }}", timezone: {name: "{{ item }}"}}'

test('expand to the tasks of the file for this host, at positions below their own', () => {
  const files = {
    'site.yml': '- hosts: all\n  tasks:\n    - include_tasks: "{{ os }}.yml"\n',
    'debian.yml': `- ${TASK}\n- ${TASK}\n`,
    'other.yml': `- ${TASK}\n`,
  }
  withInclude(files, (include, expander) => {
    const { steps } = expanded(expander, include, scopeOf({ os: 'debian' }))
    assert.equal(
      steps.map(({ position }) => position),
      [
        [1, 0, 0, 0, 0],
        [1, 0, 0, 0, 1],
      ].map((position) => [...include.position, ...position.slice(-2)]),
    )
    assert.is(
      expanded(expander, include, scopeOf({ os: 'debian', more: 1 })).steps[0],
      steps[0],
      'the same file is the same steps for every host',
    )
    assert.is.not(expanded(expander, include, scopeOf({ os: 'other' })).steps[0], steps[0])
    assert.match(problemsOf(() => expanded(expander, include, scopeOf({ os: 'none' })))[0] ?? '', /there is no file of tasks `none.yml`/)
    assert.throws(
      () => expander.expand(include, scopeFrom('{}', [{ rank: 'facts', isComing: () => true }]), []),
      (error: unknown) => error instanceof Pending,
    )
  })
})

test('loop, and hand each item to the tasks they bring in', () => {
  const files = {
    'site.yml': `- hosts: all\n  tasks:\n    - include_tasks: t.yml\n      loop: [a, skip, "{{ x }}"]\n      when: item != 'skip'\n`,
    't.yml': `- ${TASK}\n`,
  }
  withInclude(files, (include, expander) => {
    const scope = scopeOf({ x: 'b' })
    const tasks = tasksIn(expanded(expander, include, scope).steps)
    assert.equal(
      tasks.map((task: Task) => render(task.params, scope.with(task.vars))),
      [{ name: 'a' }, { name: 'b' }],
    )
    assert.equal(
      tasks.map(({ position }) => position.at(-2)),
      [0, 1],
    )
  })
})

test('are skipped when their condition does not hold', () => {
  const files = { 'site.yml': '- hosts: all\n  tasks:\n    - {include_tasks: t.yml, when: on}\n', 't.yml': `- ${TASK}\n` }
  withInclude({ ...files, 'site.yml': files['site.yml'].replace('when: on', 'when: up') }, (include, expander) => {
    const outcome = expander.expand(include, scopeOf({ up: false }), [])
    assert.is('condition' in outcome && plain(outcome.condition), 'up')
  })
})

test('bring the handlers of an included role, and its variables only to its own tasks', () => {
  const files = {
    'site.yml': '- hosts: all\n  tasks:\n    - include_role: {name: r, tasks_from: other}\n      vars: {v: 1}\n',
    'roles/r/tasks/other.yml': '- {timezone: {name: "{{ d }}{{ v }}"}, notify: again}\n',
    'roles/r/handlers/main.yml': '- {name: again, timezone: {name: x}}\n',
    'roles/r/defaults/main.yml': 'd: 2\n',
  }
  withInclude(files, (include, expander) => {
    const { steps, handlers, publicVars } = expanded(expander, include, scopeOf({}))
    const [task] = tasksIn(steps)
    assert.equal(task && render(task.params, scopeOf({}).with(task.vars)), { name: '21' })
    assert.equal(
      handlers.map(({ name, role }) => [role?.name, name]),
      [['r', 'again']],
    )
    assert.equal(publicVars, [])
  })
})

test('are refused when they notify a handler that nobody has', () => {
  const files = {
    'site.yml': '- hosts: all\n  tasks:\n    - include_tasks: "{{ f }}.yml"\n',
    't.yml': '- {timezone: {name: x}, notify: nobody}\n',
  }
  withInclude(files, (include, expander) => {
    assert.match(problemsOf(() => expanded(expander, include, scopeOf({ f: 't' })))[0] ?? '', /t\.yml:1:\d+ there is no handler `nobody`/)
  })
})

test('end when they go on including themselves', () => {
  const files = { 'site.yml': '- hosts: all\n  tasks:\n    - include_tasks: t.yml\n', 't.yml': '- include_tasks: t.yml\n' }
  withInclude(files, (include, expander) => {
    const scope = scopeOf({})
    const next = (one: Include): Include => expanded(expander, one, scope).steps[0] as Include
    assert.match(problemsOf(() => Array.from({ length: 500 }).reduce<Include>(next, include))[0] ?? '', /goes on including itself/)
  })
})

test.run()
