import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { at, entryAt, plain } from '../../engine/core/node.ts'
import { parseToml } from '../../engine/source/toml.ts'

const test = suite('toml')

const TEXT = `title = "x"
[p2p]
seeds = ["a", "b"]
text = """
seeds = 1
"""
[[servers]]
port = 1
[[servers]]
port = 2
`

test('reads values', () => {
  assert.equal(plain(parseToml(TEXT, 'f')), {
    title: 'x',
    p2p: { seeds: ['a', 'b'], text: 'seeds = 1\n' },
    servers: [{ port: 1 }, { port: 2 }],
  })
})

test('knows where keys stand, also in tables of an array', () => {
  const node = parseToml(TEXT, 'f')
  assert.is(entryAt(at(node, 'p2p'), 'seeds')?.keyOrigin.line, 3)
  assert.is(at(at(node, 'p2p'), 'seeds')?.origin.column, 9)
  const servers = at(node, 'servers')
  assert.is(servers?.kind === 'list' && entryAt(servers.items[1], 'port')?.keyOrigin.line, 10)
})

for (const [text, code] of [
  ['a = ', 'toml-syntax'],
  ['a=1\na=2\n', 'duplicate-key'],
  ['a=123456789012345678901', 'number-too-large'],
] as const) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseToml(text, 'f'),
      (error: unknown) => error instanceof Rejected && error.diagnostics[0]?.code === code,
    )
  })
}

test.run()
