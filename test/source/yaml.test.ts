import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { at, entryAt, plain } from '../../engine/core/node.ts'
import { parseYaml, parseYamlDocuments } from '../../engine/source/yaml.ts'
import { growth } from '../support/cost.ts'

const test = suite('yaml')

const TYPES: readonly (readonly [text: string, value: unknown])[] = [
  ['yes', true],
  ['Off', false],
  ['y', 'y'],
  ['0644', 420],
  ['0o644', '0o644'],
  ['08', '08'],
  ['644', 644],
  ['-0', 0],
  ['1e3', '1e3'],
  ['1.0e+3', 1000],
  ['1_000', 1000],
  ['0x10', 16],
  ['0b101', 5],
  ['1:30', 90],
  ['1:30.5', 90.5],
  ['+12', 12],
  ['-1.5', -1.5],
  ['-.5', '-.5'],
  ['.5', 0.5],
  ['.inf', Number.POSITIVE_INFINITY],
  ['-.INF', Number.NEGATIVE_INFINITY],
  ['2024-01-31', '2024-01-31'],
  ['~', null],
  ['Null', null],
  ['nUll', 'nUll'],
  ['', null],
  ['=', '='],
  ["'yes'", 'yes'],
  ['"0644"', '0644'],
  ['!!str 5', '5'],
  ['!!int "5"', 5],
  ['!unsafe 5', '5'],
  ['9007199254740991', 9007199254740991],
  ['10.0.0.1', '10.0.0.1'],
  ['a #b', 'a'],
  ['a#b', 'a#b'],
]

for (const [text, value] of TYPES) {
  test(`reads \`${text}\` as ${typeof value} ${String(value)}`, () => {
    assert.equal(plain(parseYaml(`v: ${text}\n`, 'f')), { v: value })
  })
}

test('keeps where keys and values stand, and how they were written', () => {
  const node = parseYaml('a:\n  mode: 0644\n  list: [x, "y"]\n', 'f')
  const mode = entryAt(at(node, 'a'), 'mode')
  assert.equal(mode?.keyOrigin, { file: 'f', line: 2, column: 3, length: 4 })
  assert.equal(mode?.value, {
    kind: 'scalar',
    value: 420,
    raw: '0644',
    quoted: false,
    origin: { file: 'f', line: 2, column: 9, length: 4 },
  })
  const list = at(at(node, 'a'), 'list')
  assert.is(list?.kind === 'list' && list.items[1]?.origin.column, 13)
})

test('counts columns behind a byte order mark and in Windows lines', () => {
  const node = parseYaml('\ufeffa: 1\r\nb: x\r\n', 'f')
  assert.equal(plain(node), { a: 1, b: 'x' })
  assert.is(entryAt(node, 'b')?.keyOrigin.line, 2)
})

test('resolves aliases and merge keys, own keys winning, earlier maps winning', () => {
  const text = 'x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  c: 3\nw: *x\n'
  assert.equal(plain(at(parseYaml(text, 'f'), 'z') as never), { b: 1, c: 3, a: 1 })
  assert.equal(plain(at(parseYaml(text, 'f'), 'w') as never), { a: 1, b: 1 })
})

test('keeps the tags of secrets and of text that is never a template', () => {
  const node = parseYaml('s: !secret abc\nu: !unsafe {a: ["{{ x }}", 1]}\n', 'f')
  const [secret, unsafe] = [at(node, 's'), at(at(node, 'u'), 'a')]
  assert.is(secret?.kind === 'scalar' && secret.tag, '!secret')
  assert.ok(unsafe?.kind === 'list')
  const [text, number] = unsafe.items
  assert.is(text?.kind === 'scalar' && text.tag, '!unsafe')
  assert.is(number?.kind === 'scalar' && number.tag, undefined)
})

test('reads JSON as JSON, where the two differ', () => {
  assert.equal(plain(parseYaml('{"a": 1e3,\n\t"b": "\\u00e9"}', 'f')), { a: 1000, b: 'é' })
  assert.equal(plain(parseYaml('{"a": 1e3, b: 1}', 'f')), { a: '1e3', b: 1 })
})

test('a key named __proto__ stays a key', () => {
  assert.equal(Object.keys(plain(parseYaml('__proto__: {x: 1}', 'f')) as object), ['__proto__'])
})

test('reads several documents', () => {
  assert.equal(parseYamlDocuments('a: 1\n---\n- 2\n', 'f').map(plain), [{ a: 1 }, [2]])
})

const WRONG: readonly (readonly [text: string, ...problems: string[]])[] = [
  ['a: 1\na: 2\n', '2:1 duplicate-key'],
  ['a: {{ x }}\n', '1:4 unquoted-template'],
  ['a: {{ x }}/y\nb: {{ z }} z\n', '1:4 unquoted-template', '2:4 unquoted-template'],
  ['a: "b\nc: d\n', '1:4 yaml-syntax'],
  ['a: [1, {b: 2]\nc: d\n', '1:4 yaml-syntax'],
  ['a: [1\nb: 2\n', '1:4 yaml-syntax'],
  ['a: {b: 1\n', '1:4 yaml-syntax'],
  ['a: b: c\n', '1:4 yaml-syntax'],
  ['a:\n\tb: c\n', '2:1 yaml-syntax'],
  ['a: @b\n', '1:4 yaml-syntax'],
  ['a: *b\n', '1:4 unknown-alias'],
  ['a: &a [*a]\n', '1:8 endless-alias'],
  ['yes: 1\n1.10: 2\n', '1:1 key-not-text', '2:1 key-not-text'],
  ['? [a]\n: b\n', '1:3 key-not-text'],
  ['a: !vault |\n  x\n', '1:11 vault'],
  ['a: !x 1\nb: !secret [1]\n', '1:7 unknown-tag', '2:12 unknown-tag'],
  ['a: !!int x\n', '1:10 bad-tag'],
  ['a: 100000000000000000000\n', '1:4 number-too-large'],
  ['a: 1\n---\nb: 2\n', '3:1 several-documents'],
  ['a: b\0\n', '1:5 control-character'],
  ['a: \u001b[31m\n', '1:4 control-character'],
  ['<<: 5\n', '1:5 bad-merge'],
]

for (const [text, ...problems] of WRONG) {
  test(`refuses ${JSON.stringify(text)} at its place`, () => {
    assert.equal(problemsOf(text), problems)
  })
}

test('names both places of a duplicate key', () => {
  try {
    parseYaml('a: 1\nb: 2\na: 3\n', 'f')
    assert.unreachable()
  } catch (error) {
    assert.is(error instanceof Rejected && error.diagnostics[0]?.related?.[0]?.origin.line, 1)
  }
})

const HOSTILE: readonly (readonly [name: string, text: string, code: string])[] = [
  ['a million brackets', '['.repeat(1_000_000), 'too-deep'],
  ['half a million dashes', '- '.repeat(500_000), 'too-deep'],
  ['stairs of maps', Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'too-deep'],
  ['an alias bomb', bomb(9), 'document-too-large'],
  ['seventeen megabytes', ' '.repeat(17_000_000), 'document-too-large'],
]

for (const [name, text, code] of HOSTILE) {
  test(`refuses ${name}`, () => {
    assert.is(problemsOf(text)[0]?.split(' ').at(-1), code)
  })
}

const LONG: readonly (readonly [name: string, text: (count: number) => string, code: string | undefined])[] = [
  ['quotes', (count) => '"'.repeat(count), 'yaml-syntax'],
  ['anchors', (count) => '&a '.repeat(count), 'yaml-syntax'],
  ['commas', (count) => `[${','.repeat(count)}`, 'yaml-syntax'],
  ['lines of a quote without an end', (count) => `a: '${'a \n'.repeat(count)}`, 'yaml-syntax'],
  ['keys', (count) => Array.from({ length: count }, (_, i) => `k${i}: v`).join('\n'), undefined],
  ['equal keys', (count) => 'k: v\n'.repeat(count), 'duplicate-key'],
]

for (const [name, text, code] of LONG) {
  test(`a hundred thousand ${name} take no more than their share`, async () => {
    const read = (count: number) => assert.is(problemsOf(text(count))[0]?.split(' ').at(-1), code)
    const times = await growth(100_000, read)
    assert.ok(times < 10, `four times as many cost ${times} times as much`)
  })
}

function bomb(levels: number): string {
  const names = Array.from({ length: levels }, (_, i) => `n${i}`)
  return names
    .map(
      (name, i) =>
        `${name}: &${name} [${Array(10)
          .fill(i === 0 ? 'x' : `*n${i - 1}`)
          .join(', ')}]`,
    )
    .join('\n')
}

function problemsOf(text: string): readonly string[] {
  try {
    parseYaml(text, 'f')
    return []
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    return error.diagnostics.map(({ code, origin }) => `${origin?.line}:${origin?.column} ${code}`)
  }
}

test.run()
