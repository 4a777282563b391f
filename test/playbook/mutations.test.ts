import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { compile } from '../../engine/playbook/compile.ts'
import { force } from '../../engine/playbook/term.ts'
import { placeInFile } from '../../engine/playbook/place.ts'
import { conditionProblems, holds } from '../../engine/playbook/when.ts'
import { documentFrom, scopeOf, under } from '../support/documents.ts'
import { withProject } from '../support/project.ts'

const test = suite('broken documents')

const SITE = `
- name: a play
  hosts: all
  serial: [1, "50%"]
  vars: {a: "{{ b }}", b: [1, two, {c: d}]}
  roles: [{role: r, vars: {x: 1}, when: a == 1}]
  tasks:
    - name: one
      timezone: {name: "{{ a }}"}
      when: [a is defined, "b == 1"]
      loop: "{{ b }}"
      loop_control: {loop_var: i}
      register: r
      notify: h
    - block: [{stat: path=/x}]
      rescue: [{debug: {msg: "{{#each b as |x|}}{{x}}{{/each}}"}}]
      become: yes
    - include_tasks: {file: t.yml, apply: {tags: [x]}}
    - import_role: {name: r}
  handlers: [{name: h, timezone: {name: x}, listen: t}]
`

/** One place of a text deleted, doubled, or replaced by something that means something in YAML or templates. */
const mutation = fc.record({
  at: fc.nat(SITE.length),
  length: fc.nat(12),
  by: fc.constantFrom(
    '',
    ' ',
    '\n',
    ':',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '{{',
    '}}',
    '"',
    "'",
    '|',
    '&a ',
    '*a',
    '!secret ',
    '~',
    '{{#if',
    '{{/if}}',
    'null',
    '0',
  ),
})

function passesOrRejects(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    assert.ok(error.diagnostics.length > 0)
    for (const { message } of error.diagnostics) assert.ok(message.length > 0)
  }
}

test('a playbook mutated anywhere is compiled or rejected, never a crash', () => {
  withProject({ 'roles/r/tasks/main.yml': '- {timezone: {name: x}}\n', 't.yml': '- {timezone: {name: x}}\n' }, (root) => {
    mkdirSync(join(root, 'files'))
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const text = mutations.reduce((all, { at, length, by }) => all.slice(0, at) + by + all.slice(at + length), SITE)
        writeFileSync(join(root, 'site.yml'), text)
        passesOrRejects(() => compile([join(root, 'site.yml')], { root }))
      }),
      { numRuns: 600 },
    )
  })
})

const TEMPLATE = 'a {{ x }} {{#if (eq x "1")}}b{{else}}{{ default y (lower x) }}{{/if}} {{#each xs as |i|}}{{i}},{{/each}} {{! c }}'

test('a template mutated anywhere is rendered or rejected', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const text = mutations.reduce(
        (all, { at, length, by }) => all.slice(0, at % all.length) + by + all.slice((at % all.length) + length),
        TEMPLATE,
      )
      passesOrRejects(() => force(scopeOf({ x: 'v', xs: [1, 2] }).readText(text, placeInFile('t', text))))
    }),
    { numRuns: 600 },
  )
})

test('a condition mutated anywhere is decided or rejected', () => {
  const source = "x == 'v' && (size(xs) > 1 || defined(y.z)) && !(x in xs) && r.rc == 0"
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const text = mutations.reduce(
        (all, { at, length, by }) => all.slice(0, at % all.length) + by + all.slice((at % all.length) + length),
        source,
      )
      passesOrRejects(() => {
        const node = under(documentFrom(JSON.stringify({ when: text })), 'when')
        conditionProblems(node)
        holds(node, scopeOf({ x: 'v', xs: [1, 2], r: { rc: 0 } }))
      })
    }),
    { numRuns: 600 },
  )
})

test.run()
