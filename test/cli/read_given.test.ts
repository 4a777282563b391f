import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Context } from '../../engine/cli/context.ts'
import { readGivenStdin } from '../../engine/cli/read_given.ts'

const test = suite('what is piped in')

test('is taken whole', async () => {
  const { input, told } = reading()
  input.write('one ')
  input.end('two')
  assert.is(await told, 'one two')
})

test('is not read on once it is too long', async () => {
  const { input, told } = reading()
  input.write('x'.repeat(64 * 1024 + 1))
  assert.match(await told, '`-` holds more than 64 KiB')
  assert.ok(input.destroyed)
})

test('is refused where it is closed before its end', async () => {
  const { input, told } = reading()
  input.write('one')
  input.destroy()
  assert.match(await told, 'cannot read `-`: the system says ERR_STREAM_PREMATURE_CLOSE')
})

test('is not waited for after an interruption', async () => {
  const { told, interrupt } = reading()
  interrupt()
  assert.match(await told, 'abort')
})

test.run()

/** A reading that goes on: its input, and what it gives or how it is refused. */
function reading() {
  const [input, controller] = [new PassThrough(), new AbortController()]
  const context: Pick<Context, 'input' | 'interruption'> = { input, interruption: () => controller.signal }
  const told = readGivenStdin(context as Context).catch((error: Error) => error.message)
  return { input, interrupt: () => controller.abort(), told: Promise.race([told, sleep(5000, 'nothing', { ref: false })]) }
}
