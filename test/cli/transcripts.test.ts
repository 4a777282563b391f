import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { agrees, parseTranscript, play } from '../support/transcript.ts'

const test = suite('transcripts')

const folder = fileURLToPath(new URL('../../../test/transcripts/', import.meta.url))

for (const name of readdirSync(folder).sort()) {
  test(`${name} happens as written`, async () => {
    const transcript = parseTranscript(readFileSync(join(folder, name), 'utf8'))
    assert.ok(transcript.steps.length > 0, 'the transcript has a command')
    const played = await play(transcript)
    transcript.steps.forEach(({ command, output, code }, i) => {
      const happened = played[i] ?? { output: [], code: null }
      if (!agrees(output, happened.output)) assert.equal(happened.output, output, `$ ${command}`)
      assert.is(happened.code, code, `$ ${command}`)
    })
  })
}

test('a wrong transcript is noticed', () => {
  assert.not(agrees(['a', '...', 'c'], ['a', 'b']))
  assert.not(agrees(['a'], ['a', 'b']))
  assert.not(agrees(['a (...)'], ['a [b]']))
  assert.ok(agrees(['a', '...', 'c'], ['a', 'b', 'b', 'c']))
  assert.ok(agrees(['a (...)'], ['a (b)']))
})

test.run()
