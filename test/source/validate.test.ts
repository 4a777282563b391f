import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { validateNode } from '../../engine/source/validate.ts'
import { parseYaml } from '../../engine/source/yaml.ts'

const test = suite('validate')

const PLAY = {
  type: 'object',
  additionalProperties: false,
  required: ['hosts'],
  properties: {
    hosts: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    serial: {
      oneOf: [
        { type: 'integer', minimum: 1 },
        { type: 'array', items: { type: 'integer' } },
      ],
    },
    order: { enum: ['sorted', 'inventory'] },
    vars: { type: 'object', propertyNames: { pattern: '^[a-z]+$' } },
    tasks: {
      type: 'array',
      items: { type: 'object', title: 'a task', properties: { name: { type: 'string' } }, additionalProperties: false },
    },
  },
}

const CASES: readonly (readonly [text: string, ...problems: string[]])[] = [
  ['hosts: all\nserial: [1, 5]\n'],
  ['host: x\n', '1:1 missing-key: a play needs the key `hosts`', '1:1 unknown-key: a play has no key `host`'],
  ['hosts: [a, 1]\n', '1:12 wrong-type: `hosts[1]` of a play must be a text, not the number 1'],
  ['hosts: {}\n', '1:8 wrong-type: `hosts` of a play must be a text or a list, not a map'],
  ['hosts: a\nserial: 0\n', '2:9 bad-value: `serial` of a play must be at least 1'],
  ['hosts: a\norder: sort\n', '2:8 bad-value: `order` of a play cannot be `sort`'],
  ['hosts: a\nvars:\n  A1: 2\n', '3:3 bad-value: the key `A1` does not have the expected form'],
  [
    'hosts: a\ntasks:\n  - nam: x\n  - name: yes\n',
    '3:5 unknown-key: a task has no key `nam`',
    '4:11 wrong-type: `tasks[1].name` of a play must be a text, not `true`',
  ],
  ['- a\n', '1:1 wrong-type: a play must be a map, not a list'],
]

for (const [text, ...problems] of CASES) {
  test(`says of ${JSON.stringify(text)} ${problems.length === 0 ? 'nothing' : problems.join('; ')}`, () => {
    const found = validateNode(parseYaml(text, 'f'), PLAY, { what: 'a play' })
    assert.equal(
      found.map(({ code, message, origin }) => `${origin?.line}:${origin?.column} ${code}: ${message}`),
      problems,
    )
  })
}

test('helps with the nearest name and those there are', () => {
  const [problem] = validateNode(parseYaml('hosts: a\nordr: sorted\n', 'f'), PLAY, { what: 'a play' })
  assert.is(problem?.help, 'did you mean `order`? known keys: hosts, order, serial, tasks, vars')
})

test('speaks of parameters, and points at the module where one is missing', () => {
  const at = { file: 'f', line: 7, column: 3 }
  const schema = { type: 'object', required: ['path'], properties: { path: {} }, additionalProperties: false }
  const found = validateNode(parseYaml('pth: x\n', 'f'), schema, { what: '`file`', noun: 'parameter', at })
  assert.equal(found.map(({ code }) => code).sort(), ['missing-param', 'unknown-param'])
  assert.equal(found.find(({ code }) => code === 'missing-param')?.origin, at)
})

test.run()
