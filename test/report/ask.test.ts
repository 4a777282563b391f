import { PassThrough } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { askSecret, confirm } from '../../engine/report/ask.ts'
import { capturedScreen } from '../support/captured_screen.ts'

const test = suite('ask')

async function answered(typed: string): Promise<boolean> {
  const { screen } = capturedScreen()
  const input = new PassThrough()
  input.end(typed)
  return await confirm('Apply these changes?', { screen, input })
}

test('only a clear yes is a yes', async () => {
  for (const typed of ['y\n', 'Y\n', ' yes \n', 'YES\n']) assert.is(await answered(typed), true, typed)
  for (const typed of ['\n', 'n\n', 'yep\n', 'no\ny\n', '']) assert.is(await answered(typed), false, JSON.stringify(typed))
})

test('asks on the screen for people', async () => {
  const { screen, kept } = capturedScreen()
  const input = new PassThrough()
  input.end('y\n')
  await confirm('Apply these changes?', { screen, input })
  assert.is(kept.err, '  Apply these changes? [y/N] ')
  assert.is(kept.out, '')
})

test('an interruption is a no', async () => {
  const { screen } = capturedScreen()
  const controller = new AbortController()
  const asked = confirm('Apply?', { screen, input: new PassThrough(), signal: controller.signal })
  controller.abort()
  assert.is(await asked, false)
})

test('a secret is typed without an echo, and never prints', async () => {
  const { screen, kept } = capturedScreen()
  const input = new PassThrough()
  input.end('typed-by-hand\n')
  const secret = await askSecret('become password', { screen, input })
  assert.is(secret?.reveal(), 'typed-by-hand')
  assert.is(kept.err, '  become password: \n')
})

test.run()
