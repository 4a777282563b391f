import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { escapeJson, escapeLine, escapeText } from '../../engine/report/escape.ts'

const test = suite('escape')

const HOSTILE = [
  ['a colour', '\u001b[31mred', '\\x1b[31mred'],
  ['a clipboard write (OSC 52)', '\u001b]52;c;cm0gLXJm\u0007', '\\x1b]52;c;cm0gLXJm\\x07'],
  ['a window title with the 8-bit OSC', '\u009d0;owned\u009c', '\\x9d0;owned\\x9c'],
  ['a cursor that goes back over the line', 'failed\rok    ', 'failed\\rok    '],
  ['backspaces', 'no\b\byes', 'no\\x08\\x08yes'],
  ['reordered text', 'user\u202Enimda', 'user\\u{202e}nimda'],
  ['isolates', '\u2066a\u2069', '\\u{2066}a\\u{2069}'],
  ['zero width characters', 'pay\u200Bpal\uFEFF', 'pay\\u{200b}pal\\u{feff}'],
  ['invisible tags', 'a\u{E0041}b', 'a\\u{e0041}b'],
  ['a forged second line', 'ok\nerror: all is lost', 'ok\\nerror: all is lost'],
  ['separators that editors take for line ends', 'a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
  ['half a pair', 'a\ud83d', 'a\\u{d83d}'],
  ['NUL and DEL', '\0\u007f', '\\x00\\x7f'],
] as const

for (const [what, text, shown] of HOSTILE) {
  test(`shows ${what} as codes`, () => assert.is(escapeLine(text), shown))
}

test('leaves letters of every language, symbols and emoji alone', () => {
  const text = 'Größe 漢字 Ελλάδα العربية → − · 🦀'
  assert.is(escapeLine(text), text)
})

test('keeps line ends and tabs of longer text', () => {
  assert.is(escapeText('a\n\tb\r\n'), 'a\n\tb\\r\n')
})

test('no text at all leaves a character that drives a terminal', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(escapeLine(text))))
})

test('finished JSON still reads as the same value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = escapeJson(JSON.stringify({ text }))
      assert.is((JSON.parse(json) as { text: string }).text, text)
      assert.not(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(json))
    }),
  )
})

test.run()
