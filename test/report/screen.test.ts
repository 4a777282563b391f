import { PassThrough } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { styled } from '../../engine/report/line.ts'
import { Screen } from '../../engine/report/screen.ts'
import { capturedScreen } from '../support/captured_screen.ts'

const test = suite('screen')

test('blanks a secret wherever it appears', () => {
  const { screen, kept } = capturedScreen()
  const secret = new Secret('token', 'hunter2-for-screen')
  screen.note('token is ', secret.reveal())
  screen.data(`stdout ${secret.reveal()}`)
  screen.json({ 'hunter2-for-screen': ['x hunter2-for-screen'], secret })
  assert.is(kept.err, 'token is <secret>\n')
  assert.not.match(kept.out, 'hunter2')
  assert.equal(JSON.parse(kept.out.slice(kept.out.indexOf('{'))), { '<secret>': ['x <secret>'], secret: '<secret token>' })
})

test('keeps JSON whole even when a secret looks like its syntax', () => {
  const { screen, kept } = capturedScreen()
  new Secret('odd', '"odd": "syntax"')
  new Secret('number', '918273')
  screen.json({ odd: 'syntax', port: 918273 })
  assert.equal(JSON.parse(kept.out), { odd: 'syntax', port: '<secret>' })
})

test('does not let text from a host paint, while its own colours pass', () => {
  const { screen, kept } = capturedScreen({ colour: true })
  screen.note(styled('bad', 'Failed'), ' \u001b[2J')
  assert.is(kept.err, '\u001b[31;1mFailed\u001b[0m \\x1b[2J\n')
})

test('prints no code at all without colour', () => {
  const { screen, kept } = capturedScreen()
  screen.note(styled('bad', 'Failed'), ' x')
  assert.is(kept.err, 'Failed x\n')
})

test('takes a closed pipe for a normal end', async () => {
  const out = new PassThrough()
  const screen = new Screen({ out, err: new PassThrough() }, { colour: false })
  out.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  await new Promise(setImmediate)
  screen.data('more')
  await screen.drain()
  assert.is(screen.failure, undefined)
})

test('remembers a full disk', async () => {
  const out = new PassThrough()
  const screen = new Screen({ out, err: new PassThrough() }, { colour: false })
  out.destroy(Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }))
  await new Promise(setImmediate)
  assert.is(screen.failure?.message, 'write ENOSPC')
})

test('hides the live line while another is printed', () => {
  const { screen, kept } = capturedScreen()
  const seen: string[] = []
  screen.keepBelow({ hide: () => seen.push(`hidden before ${kept.err.length}`), show: () => seen.push('shown') })
  screen.note('a line')
  assert.equal(seen, ['hidden before 0', 'shown'])
})

test.run()
