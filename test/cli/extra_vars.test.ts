import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { at, plain } from '../../engine/core/node.ts'
import { parseExtraVars } from '../../engine/cli/extra_vars.ts'

const test = suite('extra vars')

const TABLE = [
  ['a=1', { a: '1' }],
  ['a=1 b=two', { a: '1', b: 'two' }],
  [`a='two words' b="x \\"y\\""`, { a: 'two words', b: 'x "y"' }],
  ['url=http://x/?a=b', { url: 'http://x/?a=b' }],
  ['a= b=2', { a: '', b: '2' }],
  ['a=1 a=2', { a: '2' }],
  [`path=/with\\ space`, { path: '/with space' }],
  ['{"a": [1, true]}', { a: [1, true] }],
  ['{a: yes, b: 0644}', { a: true, b: 420 }],
] as const

for (const [word, values] of TABLE) {
  test(`reads \`${word}\``, () => {
    const [layer] = parseExtraVars([word], '/')
    assert.is(layer?.rank, 'extra vars')
    assert.equal(layer && plain(layer.values), values)
  })
}

test('reads a file, and names it as the origin', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-vars-'))
  try {
    writeFileSync(join(folder, 'v.yml'), '# first\na: 1\n')
    const [layer] = parseExtraVars(['@v.yml'], folder)
    assert.equal(layer && plain(layer.values), { a: 1 })
    assert.is(at(layer?.values, 'a')?.origin.file, join(folder, 'v.yml'))
    assert.is(at(layer?.values, 'a')?.origin.line, 2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('later ones come later, so that they win', () => {
  assert.equal(
    parseExtraVars(['a=1', 'a=2'], '/').map(({ values }) => plain(values)),
    [{ a: '1' }, { a: '2' }],
  )
})

test('says where a word stops making sense, and never repeats it', () => {
  for (const word of ['a=1 hunter2', 'a=1 2b=hunter2', 'a="hunter2', '["hunter2"]', '{a: [hunter2']) {
    try {
      parseExtraVars([word, word], '/')
      assert.unreachable(word)
    } catch (error) {
      assert.instance(error, Rejected)
      assert.is((error as Rejected).diagnostics.length, 2)
      const [first] = (error as Rejected).diagnostics
      assert.is(first?.origin?.file, '-e 1')
      assert.not.match(JSON.stringify(first), 'hunter2')
    }
  }
})

test.run()
