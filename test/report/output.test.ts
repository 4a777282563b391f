import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { printOutput } from '../../engine/report/output.ts'
import { capturedScreen } from '../support/captured_screen.ts'
import { countsOf, resultOf, taskAt } from '../support/events.ts'

const test = suite('output of ad-hoc calls')

const task = taskAt(1, 'command')

test('comes in inventory order, as early as that allows', () => {
  const { screen, kept } = capturedScreen()
  const see = printOutput(screen)
  see({ kind: 'play', name: 'exec', hosts: ['a', 'b', 'c'], batches: 1 })
  see(resultOf('b', task, { registered: { stdout: 'two\nlines\n', stderr: 'oops' } }))
  assert.is(kept.out, '')
  see(resultOf('a', task, { registered: { stdout: 'one' } }))
  assert.is(kept.out, 'a: one\nb: two\nb: lines\n')
  assert.is(kept.err, 'b: oops\n')
  see({ kind: 'recap', hosts: { a: countsOf(), b: countsOf() }, unfinished: [], notReached: ['c'], ms: 1 })
  assert.is(kept.out, 'a: one\nb: two\nb: lines\n')
})

test('a module without output shows its result, and a hostile one no codes', () => {
  const { screen, kept } = capturedScreen()
  const see = printOutput(screen)
  see({ kind: 'play', name: 'exec', hosts: ['a', 'b'], batches: 1 })
  see(resultOf('a', task, { registered: { stat: { exists: false } } }))
  see(resultOf('b', task, { registered: { stdout: '\u001b[2Jx\ra: forged' } }))
  assert.is(kept.out, 'a: {"stat":{"exists":false}}\nb: \\x1b[2Jx\\ra: forged\n')
})

test('says on stderr what was not asked in check mode', () => {
  const { screen, kept } = capturedScreen()
  const see = printOutput(screen)
  see({ kind: 'play', name: 'exec', hosts: ['a'], batches: 1 })
  see(resultOf('a', task, { status: 'unknown', wouldRun: true, message: 'would run' }))
  assert.equal([kept.out, kept.err], ['', 'a: would run\n'])
})

test.run()
