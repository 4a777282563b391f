import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { redact, Secret } from '../../engine/core/secret.ts'

const test = suite('secret')

test('is blanked wherever it stands in a longer text, in base64 too', () => {
  const value = 'first line of it\nsecond line of it\n'
  new Secret('key', value)
  for (const before of ['', 'a', 'ab', 'abc', 'password = ']) {
    for (const after of ['', 'x', 'xy', '\n# end']) {
      const whole = Buffer.from(before + value + after).toString('base64')
      const left = redact(whole).replaceAll('<secret>', '')
      const hidden = whole.length - left.length
      assert.ok(hidden >= Math.floor((value.trim().length * 4) / 3) - 3, `${left} is left of ${whole}`)
    }
  }
})

test('is blanked in base64 that is broken into lines, whichever line is seen', () => {
  const value = Array.from({ length: 8 }, (_, i) => `${i} of the lines of a long key\n`).join('')
  new Secret('long key', value)
  for (const width of [60, 64, 76]) {
    for (const before of ['', 'a', 'ab', 'key: ']) {
      const lines =
        Buffer.from(`${before}${value}`)
          .toString('base64')
          .match(new RegExp(`.{1,${width}}`, 'g')) ?? []
      for (const line of lines) {
        const left = redact(line).replaceAll('<secret>', '')
        assert.ok(left.length < 12, `${left} is left of ${line}`)
      }
      for (const text of [lines.join('\n'), JSON.stringify(lines.join('\n')), JSON.stringify(JSON.stringify(lines.join('\n')))]) {
        const left = redact(text)
          .replaceAll('<secret>', '')
          .replaceAll(/[\\nr"]+/g, ' ')
        assert.ok(!/\S{12}/.test(left), `${left} is left of ${text}`)
      }
    }
  }
})

test('is blanked in JSON within JSON', () => {
  const value = 'a "quoted" \\ word'
  new Secret('quoted', value)
  const once = JSON.stringify({ token: `token = ${value}\n` })
  for (const text of [once, JSON.stringify({ stdout: once })]) assert.match(redact(text), /token = <secret>\\+n/)
})

test('leaves words alone that look like a short piece of one', () => {
  new Secret('pin', 'q7!x')
  assert.is(redact('cTch and ch'), 'cTch and ch')
})

test.run()
