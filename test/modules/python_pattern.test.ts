import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expandReplacement, replacementProblems } from '../../engine/modules/python_expand.ts'
import { patternProblems, translatePattern } from '../../engine/modules/python_pattern.ts'

const test = suite('python pattern')

/** What `re.search` of Python finds; the whole was compared with Python's own on 26,000 random patterns. */
const FOUND: readonly (readonly [pattern: string, text: string, found: string | undefined])[] = [
  ['(?P<key>\\w+)=(?P=key)', 'a=b b=b', 'b=b'],
  ['^b', 'a\nb', undefined],
  ['(?m)^b', 'a\nb', 'b'],
  ['a$', 'a\n', 'a'],
  ['a\\Z', 'a\n', undefined],
  ['a$', 'a\nb', undefined],
  ['(?m)a$', 'a\nb', 'a'],
  ['(?i)port', 'Port 22', 'Port'],
  ['(?s)a.b', 'a\nb', 'a\nb'],
  ['a.b', 'a\rb', 'a\rb'],
  ['a.b', 'a\u2028b', 'a\u2028b'],
  ['[]a]+', 'x]a]', ']a]'],
  ['[^]]+', 'ab]', 'ab'],
  ['[[]x', '[x', '[x'],
  ['x{,2}', 'xxx', 'xx'],
  ['{name}', 'a {name}', '{name}'],
  ['a{', 'a{', 'a{'],
  ['\\"\\#\\ \\-\\@', '"# -@', '"# -@'],
  ['\\s', '\u00a0x', undefined],
  ['[\\s,]', 'a,', ','],
  ['\\A\\s*$', ' \n', ' \n'],
  ['(?#why)a', 'a', 'a'],
  ['\\x41\\u0042\\U00000043\\007', 'ABC\x07', 'ABC\x07'],
  ['(a)\\1', 'aab', 'aa'],
  ['[\\b]', '\b', '\b'],
]

test('finds what Python finds', () => {
  for (const [pattern, text, found] of FOUND) assert.is(translatePattern(pattern).exec(text)?.[0], found, pattern)
})

test('refuses what it cannot translate, and what is wrong', () => {
  const REFUSED: readonly (readonly [string, string])[] = [
    ['(?>a)', '`p`: `(?>…)` (an atomic group) is not supported'],
    ['a++', '`p`: `++` (a possessive quantifier) is not supported'],
    ['(a)(?(1)b)', '`p`: `(?(…)…)` (a condition) is not supported'],
    ['a(?i)b', '`p`: `(?i)` (a flag that is not at the start) is not supported'],
    ['(?x) a', '`p`: the flag `(?x)` is not supported'],
    ['\\N{DASH}', '`p`: the escape `\\N` is not supported'],
    ['(a', '`p`: `(a` is no valid pattern: unterminated group'],
    ['*', '`p`: `*` is no valid pattern: nothing to repeat'],
  ]
  for (const [pattern, problem] of REFUSED) assert.equal(patternProblems('p', pattern), [problem])
})

test('fills groups into a replacement', () => {
  const match = translatePattern('(?P<a>x)(y)?').exec('x') as RegExpMatchArray
  assert.is(expandReplacement('\\1\\g<1>\\g<a>\\2\\g<0>\\n\\\\ \\& $1', match), 'xxxx\n\\ \\& $1')
  assert.equal(replacementProblems('replace', '\\3', translatePattern('(a)')), ['`replace`: `\\3` names a group the pattern does not have'])
  assert.equal(replacementProblems('replace', '\\g<b>', translatePattern('(?P<a>a)')), [
    '`replace`: `\\g<b>` names a group the pattern does not have',
  ])
  assert.equal(replacementProblems('replace', '\\d', translatePattern('a')), ['`replace`: the escape `\\d` means nothing in a replacement'])
})

test.run()
