import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { showProgress } from '../../engine/report/progress.ts'
import { capturedScreen } from '../support/captured_screen.ts'
import { resultOf, taskAt } from '../support/events.ts'

const test = suite('progress')

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))
const restore = taskAt(8, 'restore the snapshot')

test('without a terminal, says now and then what takes long', async () => {
  const { screen, kept } = capturedScreen()
  const progress = showProgress(screen, { live: false, patienceMs: 20 })
  for (const host of ['a', 'b']) progress.see({ kind: 'task', task: restore, hosts: [host] })
  await pause(50)
  assert.match(kept.err, /^ {5}Running a?.*restore the snapshot · a, b · 0\.\d s\n/)
  progress.see(resultOf('a', restore))
  await pause(50)
  assert.match(kept.err, 'restore the snapshot · b · ')
  progress.see(resultOf('b', restore))
  const said = kept.err
  await pause(50)
  assert.is(kept.err, said)
  progress.end()
})

test('says nothing about what is done at once', async () => {
  const { screen, kept } = capturedScreen()
  const progress = showProgress(screen, { live: false, patienceMs: 1000 })
  progress.see({ kind: 'task', task: restore, hosts: ['a'] })
  progress.see(resultOf('a', restore))
  await pause(10)
  progress.end()
  assert.is(kept.err, '')
})

test.run()
