import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { asksForHelp, parseArgs } from '../../engine/cli/args.ts'
import { declareCommand } from '../../engine/cli/declare.ts'

const test = suite('args')

const command = declareCommand({
  name: 'apply',
  summary: 'test',
  operands: [{ name: 'PLAYBOOK', summary: 'a playbook', many: true }],
  rest: { name: 'COMMAND', summary: 'a command' },
  flags: {
    check: { kind: 'switch', short: 'C', summary: '' },
    diff: { kind: 'switch', short: 'D', summary: '' },
    inventory: { kind: 'values', short: 'i', value: 'PATH', summary: '' },
    limit: { kind: 'value', short: 'l', value: 'PATTERN', summary: '' },
    forks: { kind: 'integer', value: 'N', least: 1, summary: '' },
    transport: { kind: 'value', value: 'NAME', choices: ['ssh', 'openssh'], summary: '' },
  },
  examples: [],
})

const one = declareCommand({ name: 'explain', summary: '', operands: [{ name: 'HOST', summary: 'a host' }], flags: {}, examples: [] })

const parse = (line: string) => parseArgs(command, line.split(' '))

function problems(body: () => unknown): readonly string[] {
  try {
    body()
  } catch (error) {
    if (error instanceof Rejected)
      return error.diagnostics.map(({ message, help }) => (help === undefined ? message : `${message} / ${help}`))
    throw error
  }
  return []
}

test('reads flags before, between and after the words', () => {
  const { flags, operands, given } = parse('-C site.yml --inventory a -i b more.yml --limit=x:!y --forks 7')
  assert.equal(operands, ['site.yml', 'more.yml'])
  assert.equal(flags, { check: true, diff: false, inventory: ['a', 'b'], limit: 'x:!y', forks: 7, transport: undefined })
  assert.equal(given, ['check', 'inventory', 'limit', 'forks'])
})

test('reads joined short flags and attached values', () => {
  assert.equal(parse('-CD site.yml -ihosts -l=web').flags, {
    check: true,
    diff: true,
    inventory: ['hosts'],
    limit: 'web',
    forks: undefined,
    transport: undefined,
  })
})

test('takes what follows -- as it is', () => {
  const { operands, rest } = parse('all -- ls -la --check')
  assert.equal(operands, ['all'])
  assert.equal(rest, ['ls', '-la', '--check'])
})

test('an empty value, a lone dash and a negative number are values', () => {
  assert.is(parse('x --limit=').flags.limit, '')
  assert.equal(parse('- x').operands, ['-', 'x'])
  assert.is(parse('x -l -1').flags.limit, '-1')
})

const WRONG = [
  ['x --inventroy a', ['`apply` has no flag `--inventroy` / did you mean `--inventory`?']],
  ['x -Z', ['`apply` has no flag `-Z`']],
  ['x --limit', ['`--limit` needs a value / write `--limit PATTERN`']],
  ['x --limit --check', ['`--limit` needs a value / write `--limit PATTERN`']],
  ['x --limit a --limit b', ['`--limit` is given twice / keep one of them']],
  ['x --check=yes', ['`--check` takes no value / write `--check` alone']],
  ['x --forks many', ['`--forks` needs a whole number of at least 1, not `many`']],
  ['x --forks 0', ['`--forks` needs a whole number of at least 1, not `0`']],
  ['x --transport pigeon', ['`pigeon` is no value of `--transport` / choose one of: ssh, openssh']],
  ['--check', ['`apply` needs PLAYBOOK / name a playbook']],
  ['--wrong --forks x', ['`apply` has no flag `--wrong`', '`--forks` needs a whole number', '`apply` needs PLAYBOOK']],
  ['x --__proto__ 1', ['`apply` has no flag `--__proto__`']],
] as const

for (const [line, said] of WRONG) {
  test(`refuses \`${line}\``, () => {
    const found = problems(() => parse(line))
    assert.is(found.length, said.length, found.join('\n'))
    said.forEach((text, i) => assert.ok(found[i]?.startsWith(text), found[i]))
  })
}

test('refuses words too many', () => {
  assert.match(problems(() => parseArgs(one, ['a', 'b', 'c']))[0] ?? '', '`explain` does not know what to do with `b`, `c`')
})

test('help is asked for anywhere before --', () => {
  assert.ok(asksForHelp(['site.yml', '--help']))
  assert.ok(asksForHelp(['-h']))
  assert.not(asksForHelp(['all', '--', 'ls', '--help']))
})

test.run()
