import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { showOrigin } from '../../engine/core/origin.ts'
import { defineModule } from '../../engine/core/module.ts'
import type { MapNode } from '../../engine/core/node.ts'
import { Secret } from '../../engine/core/secret.ts'
import { magicValues } from '../../engine/playbook/magic.ts'
import { checkParams, coerceParams } from '../../engine/playbook/params.ts'
import { render } from '../../engine/playbook/scope.ts'
import { documentFrom, scopeFrom, under } from '../support/documents.ts'

const test = suite('params')

const module = defineModule({
  kind: 'query',
  name: 'thing',
  summary: 'For these tests.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', aliases: ['title'] },
      state: { type: 'string', enum: ['present', 'absent'], default: 'present' },
      mode: { type: 'string', format: 'mode' },
      path: { type: 'string', format: 'path' },
      code: { type: 'string', pattern: '^[a-z]+$' },
      hour: { type: 'string', pattern: '^[^ ]+$', form: 'write one field, without spaces' },
      port: { type: 'integer', minimum: 1, maximum: 65535 },
      ratio: { type: 'number' },
      force: { type: 'boolean' },
      words: { type: 'array', items: { type: 'string' } },
      rules: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['to'],
          properties: { to: { type: 'string' }, port: { type: 'integer' } },
        },
      },
      env: { type: 'object', additionalProperties: { type: 'string' } },
      key: { type: 'string', secret: true },
      data: { type: 'any' },
    },
  },
  examples: [],
  problems: ({ name }) => (name === 'forbidden' ? ['`name` cannot be that'] : []),
  run: () => {
    throw new Error('never run')
  },
  outcome: () => ({ failed: false, changed: false, values: {} }),
})

function bound(text: string, vars = '{}'): unknown {
  const node = documentFrom(text, 'task.yml') as MapNode
  const scope = scopeFrom(vars)
  const values = Object.fromEntries(node.entries.map(({ key, value }) => [key, render(value, scope)]))
  const outcome = coerceParams(node, values, { module, origin: { file: 'task.yml', line: 9, column: 9 } })
  if ('params' in outcome) return outcome.params
  return outcome.problems.map(({ origin, message, help }) => `${origin ? showOrigin(origin) : ''} ${message}${help ? ` (${help})` : ''}`)
}

test('converts as Ansible does, and keeps what was written where text is wanted', () => {
  const rows: readonly (readonly [string, unknown])[] = [
    ['name: 1.10', { name: '1.10' }],
    ['name: yes', { name: 'yes' }],
    ['title: x', { name: 'x' }],
    ["{name: x, port: '80'}", { name: 'x', port: 80 }],
    ["{name: x, ratio: '0.5'}", { name: 'x', ratio: 0.5 }],
    ["{name: x, force: 'yes'}", { name: 'x', force: true }],
    ['{name: x, force: 0}', { name: 'x', force: false }],
    ['{name: x, words: one}', { name: 'x', words: ['one'] }],
    ["{name: x, words: 'a, b'}", { name: 'x', words: ['a', 'b'] }],
    ["{name: x, words: 'a in [b, c]'}", { name: 'x', words: ['a in [b, c]'] }],
    ['{name: x, words: [1, true]}', { name: 'x', words: ['1', 'true'] }],
    ['{name: x, rules: {to: y, port: "1"}}', { name: 'x', rules: [{ to: 'y', port: 1 }] }],
    ['{name: x, env: {A: 1}}', { name: 'x', env: { A: '1' } }],
    ['{name: x, data: {a: [null]}}', { name: 'x', data: { a: [null] } }],
    ['{name: x, port: null}', { name: 'x' }],
    ['{name: x, mode: 0644}', { name: 'x', mode: '0644' }],
    ["{name: x, mode: '644'}", { name: 'x', mode: '644' }],
    ['{name: x, mode: 0o644}', { name: 'x', mode: '0644' }],
    ['{name: x, mode: "u=rw,go="}', { name: 'x', mode: 'u=rw,go=' }],
  ]
  for (const [text, expected] of rows) assert.equal(bound(text), { state: 'present', ...(expected as object) }, text)
})

test('leaves out what is `omit`', () => {
  const omitting = "{name: x, port: '{{ default p omit }}', words: [a, '{{ omit }}']}"
  const node = documentFrom(omitting, 'task.yml') as MapNode
  const scope = scopeFrom('{}', [magic])
  const values = Object.fromEntries(node.entries.map(({ key, value }) => [key, render(value, scope)]))
  assert.equal(coerceParams(node, values, { module, origin: node.origin }), { params: { name: 'x', state: 'present', words: ['a'] } })
})

test('takes modes from variables only where they are certain', () => {
  assert.equal(bound("{name: x, mode: '{{ m }}'}", 'm: 0644'), { name: 'x', state: 'present', mode: '0644' })
  assert.equal(bound("{name: x, mode: '{{ m }}'}", "m: '0644'"), { name: 'x', state: 'present', mode: '0644' })
  assert.equal(bound("{name: x, mode: '{{ m }}'}", 'm: 644'), [
    "task.yml:1:17 `mode` is the decimal number 644, which is the mode 1204 (write it with its zero, in quotes: '0644')",
  ])
})

test('refuses what cannot be converted, at its place', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['{}', ['task.yml:9:9 `thing` needs `name`']],
    [
      '{name: x, nmae: y}',
      [
        'task.yml:1:11 `thing` has no parameter `nmae` (did you mean `name`? known parameters: code, data, env, force, hour, key, mode, name, path, port, ratio, rules, state, words)',
      ],
    ],
    ['{name: x, title: y}', ['task.yml:1:11 `title` and `name` are the same parameter of `thing` (remove one of them)']],
    [
      '{name: [x]}',
      ['task.yml:1:8 `name` must be text, not a list (make text of it: `{{ to_json … }}`, or `{{ join … "," }}` for a list)'],
    ],
    ['{name: x, state: presnt}', ['task.yml:1:18 `state` cannot be `presnt` (did you mean `present`? known values: absent, present)']],
    ['{name: x, port: http}', ['task.yml:1:17 `port` must be a whole number, not `http`']],
    ['{name: x, port: 70000}', ['task.yml:1:17 `port` must be at most 65535, not 70000']],
    ['{name: x, port: 1.5}', ['task.yml:1:17 `port` must be a whole number, not a number']],
    ['{name: x, force: maybe}', ['task.yml:1:18 `force` must be yes or no, not `maybe`']],
    ['{name: x, path: etc}', ['task.yml:1:17 `path` must be an absolute path, not `etc` (begin it with `/`)']],
    ['{name: x, code: A1}', ['task.yml:1:17 `code` has a form it cannot have: `A1` (it must match `^[a-z]+$`)']],
    ['{name: x, hour: 1 2}', ['task.yml:1:17 `hour` has a form it cannot have: `1 2` (write one field, without spaces)']],
    [
      '{name: x, mode: 644}',
      ["task.yml:1:17 `mode` is the decimal number 644, which is the mode 1204 (write it with its zero, in quotes: '0644')"],
    ],
    [
      '{name: x, mode: 420}',
      ["task.yml:1:17 `mode` is the decimal number 420, which is the mode 0644 (write it with its zero, in quotes: '0644')"],
    ],
    ['{name: x, rules: [{port: 1}]}', ['task.yml:1:19 `rules[0]` needs `to`']],
    [
      '{name: x, rules: [{to: a, prot: 1}]}',
      ['task.yml:1:33 `rules[0].prot` is not a key it has (did you mean `port`? known keys: port, to)'],
    ],
    ['{name: x, env: text}', ['task.yml:1:16 `env` must be a map, not text']],
    ['{name: forbidden}', ['task.yml:9:9 `name` cannot be that']],
    [
      '{name: [x], port: y}',
      [
        'task.yml:1:8 `name` must be text, not a list (make text of it: `{{ to_json … }}`, or `{{ join … "," }}` for a list)',
        'task.yml:1:19 `port` must be a whole number, not `y`',
      ],
    ],
  ]
  for (const [text, expected] of rows) assert.equal(bound(text), expected, text)
})

test('lets a secret in only where one may stand', () => {
  const params = bound('{name: x, key: !secret hunter22}') as { key: Secret }
  assert.instance(params.key, Secret)
  assert.equal(bound('{name: !secret hunter22}'), [
    'task.yml:1:16 `name` cannot hold the secret `token` (it would be seen on the host; use a param that takes secrets, such as `content` or `stdin`)',
  ])
  assert.equal(bound("{name: 'a {{ t }}'}", 't: !secret hunter22'), [
    'task.yml:1:8 `name` cannot hold the secret `token` (it would be seen on the host; use a param that takes secrets, such as `content` or `stdin`)',
  ])
})

test('checks what stands in the document before anything is rendered, and leaves templates alone', () => {
  const check = (text: string): readonly string[] =>
    checkParams(documentFrom(text, 'task.yml') as MapNode, { module, origin: { file: 'task.yml', line: 9, column: 9 } }).map(
      ({ message }) => message,
    )
  assert.equal(check("{name: '{{ x }}', port: '{{ y }}', rules: [{to: '{{ z }}'}], words: '{{ w }}'}"), [])
  assert.equal(check("{nmae: '{{ x }}', port: http, rules: [{to: '{{ z }}', port: q}]}"), [
    '`thing` has no parameter `nmae`',
    '`port` must be a whole number, not `http`',
    '`rules[0].port` must be a whole number, not `q`',
    '`thing` needs `name`',
  ])
})

test('takes the verb of a handler in place of a state', () => {
  const node = documentFrom('{name: x, state: restarted}', 'task.yml') as MapNode
  assert.equal(coerceParams(node, { name: 'x', state: 'restarted' }, { module, action: 'restarted', origin: node.origin }), {
    params: { name: 'x' },
  })
  assert.is(under(node, 'state').kind, 'scalar')
})

const magic = magicValues({
  host: 'h',
  groups: {},
  groupNames: [],
  scopeOf: () => undefined,
  playHosts: [],
  batch: [],
  allPlayHosts: [],
  checkMode: false,
  playbookFolder: '/',
})

test.run()
