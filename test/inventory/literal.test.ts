import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pythonLiteral, StrangeLiteral } from '../../engine/inventory/literal.ts'
import { BadQuoting, shellWords } from '../../engine/inventory/shell_words.ts'

const test = suite('python literals and shell words')

const STRANGE = ['{1, 2}', 'set()', '1j', '1+2j', '...', '{[]: 1}', '99999999999999999999']
const TEXT = [
  '',
  'foo',
  '01',
  '1_',
  '1__0',
  '0x',
  '1.2.3',
  '1-2',
  '--5',
  '-True',
  "f'x'",
  '"abc',
  "'a' b",
  '[1',
  '1 2',
  '{1:}',
  '{a: 1}',
  '(,)',
  ',',
  "'\\xZ'",
  'true',
  '1if',
  'b',
  '()()',
  '[1,,2]',
]

for (const text of TEXT) test(`\`${text}\` is text`, () => assert.is(pythonLiteral(text), undefined))
for (const text of STRANGE)
  test(`\`${text}\` cannot be kept`, () =>
    assert.throws(
      () => pythonLiteral(text),
      (error: unknown) => error instanceof StrangeLiteral,
    ))

test('a deep literal is text, not a crash', () => assert.is(pythonLiteral('['.repeat(100_000)), undefined))

const LINES: readonly (readonly [line: string, ...words: string[]])[] = [
  ['a b', 'a', 'b'],
  [`a='b c' d="e 'f'"`, 'a=b c', "d=e 'f'"],
  ['a\\ b "c\\"d" \'e\\f\' "g\\h"', 'a b', 'c"d', 'e\\f', 'g\\h'],
  ['a#b c', 'a'],
  ['"" \'\' x', '', '', 'x'],
  ['a # b', 'a'],
]

for (const [line, ...words] of LINES) {
  test(`divides ${line}`, () =>
    assert.equal(
      shellWords(line).map(({ text }) => text),
      words,
    ))
}

test('knows where each character came from', () => {
  assert.equal(shellWords('h x="a b"')[1]?.places, [2, 3, 5, 6, 7, 9])
})

test('points at an open quote', () => {
  assert.throws(
    () => shellWords('a "b'),
    (error: unknown) => error instanceof BadQuoting && error.place === 2,
  )
})

test.run()
