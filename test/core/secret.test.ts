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

test('leaves words alone that look like a short piece of one', () => {
  new Secret('pin', 'q7!x')
  assert.is(redact('cTch and ch'), 'cTch and ch')
})

test.run()
