import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { collectRun } from '../../engine/report/json.ts'
import { changedOn, countsOf, resultOf, taskAt } from '../support/events.ts'

const test = suite('json')

test('one document tells the whole run, hosts in inventory order', () => {
  const run = collectRun('apply')
  const task = taskAt(4, 'motd')
  run.see({ kind: 'compiled', playbooks: ['site.yml'], plays: 1, tasks: 2, hosts: 2 })
  run.see(changedOn('b', task, { what: '/etc/motd', text: { before: 'x', after: 'y' } }))
  run.see(resultOf('a', task, { status: 'failed', message: 'no', help: 'do', ignored: true }))
  run.see(resultOf('a', taskAt(5, 'fine')))
  run.see({
    kind: 'recap',
    hosts: { a: countsOf({ ignored: 1 }), b: countsOf({ changed: 1 }) },
    unfinished: ['a'],
    notReached: ['c'],
    ms: 7,
  })
  const place = { task: 'motd', module: 'file', file: 'playbooks/site.yml', line: 4, column: 7, handler: false }
  assert.equal(run.document({ exitCode: 1 }), {
    format: 1,
    purpose: 'apply',
    exitCode: 1,
    playbooks: ['site.yml'],
    hosts: { a: countsOf({ ignored: 1 }), b: countsOf({ changed: 1 }) },
    unfinished: ['a'],
    notReached: ['c'],
    results: [
      { host: 'a', ...place, status: 'failed', changes: [], message: 'no', help: 'do', ignored: true },
      { host: 'b', ...place, status: 'changed', changes: [{ what: '/etc/motd', before: 'x', after: 'y' }] },
    ],
    stopped: null,
    warnings: [],
    errors: [],
    ms: 7,
  })
})

test('says what check mode cannot know, and why', () => {
  const run = collectRun('check')
  run.see(resultOf('a', taskAt(4, 'migrate'), { status: 'unknown', wouldRun: true, message: 'would run' }))
  run.see({ kind: 'recap', hosts: { a: countsOf({ unknown: 1 }) }, unfinished: [], notReached: [], ms: 7 })
  const { results, hosts } = run.document({ exitCode: 0 })
  assert.equal([results[0]?.status, results[0]?.wouldRun, results[0]?.message, hosts['a']?.unknown], ['unknown', true, 'would run', 1])
})

test('leaves out the text of a task with `diff: false`', () => {
  const run = collectRun('apply')
  run.see(changedOn('a', taskAt(4, 'seed', { diff: false }), { what: '/x', text: { before: 'old', after: 'new' } }))
  assert.equal(run.document({ exitCode: 0 }).results[0]?.changes, [{ what: '/x' }])
})

test('leaves out what a `no_log` task changed', () => {
  const run = collectRun('apply')
  run.see(changedOn('a', taskAt(4, 'seed', { noLog: true }), { what: 'hidden' }))
  assert.equal(run.document({ exitCode: 0 }).results[0]?.changes, [])
})

test.run()
