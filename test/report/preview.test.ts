import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Event } from '../../engine/core/event.ts'
import { collectPreview, previewLines, previewQuestion, previewSummary } from '../../engine/report/preview.ts'
import { capturedScreen } from '../support/captured_screen.ts'
import { changedOn, countsOf, resultOf, taskAt } from '../support/events.ts'

const test = suite('preview')

const HOSTS = ['sentry-1', 'sentry-2', 'public-1']
const release = taskAt(1, 'gaiad : install release')
const config = taskAt(2, 'gaiad : render app.toml')

function previewOf(events: readonly Event[]) {
  const collected = collectPreview()
  for (const event of events) collected.see(event)
  return collected.preview()
}

test('one row for each task and change, with the hosts where they are not all', () => {
  const preview = previewOf([
    { kind: 'batch', number: 1, of: 3, hosts: ['sentry-1'] },
    ...HOSTS.map((host) => changedOn(host, release, { what: 'version', from: '26.1', to: '27.3' })),
    changedOn('sentry-2', config, { what: '/etc/app.toml', text: { before: 'a\n', after: 'b\nc\n' } }),
    changedOn('sentry-1', config, { what: '/etc/app.toml', text: { before: 'x\n', after: 'y\nz\n' } }),
    resultOf('public-1', config),
    resultOf('public-1', taskAt(4, 'start'), { status: 'unknown', message: 'the unit is only predicted' }),
    changedOn('public-1', taskAt(5, 'gaiad : restart', { handler: true }), { what: 'gaiad', to: 'restarted' }),
    { kind: 'recap', hosts: Object.fromEntries(HOSTS.map((host) => [host, countsOf()])), unfinished: [], notReached: [], ms: 1 },
  ])
  const { screen, kept } = capturedScreen()
  screen.notes(previewLines(preview))
  assert.is(
    kept.err,
    [
      '',
      '  task                      change                                hosts',
      '  gaiad : install release   26.1 → 27.3                           3',
      '  gaiad : render app.toml   +2 −1                                 2      sentry-*',
      '  start                     unknown: the unit is only predicted   1      public-1',
      '  gaiad : restart           handler                               1      public-1',
      '',
      '  3 batches · canary sentry-1',
      '',
    ].join('\n'),
  )
  assert.is(previewSummary(preview), '4 changes on 3 hosts')
})

test('says nothing would change when nothing would', () => {
  assert.equal(previewOf(HOSTS.map((host) => resultOf(host, release))).rows, [])
})

const NOT_RUN = { status: 'unknown', wouldRun: true, pending: true, message: 'would run; what it does cannot be known before' } as const

test('asks about tasks that nobody can foretell, and says so', () => {
  const migrate = taskAt(6, 'migrate', { module: 'command' })
  const reload = taskAt(9, 'reload', { module: 'command', handler: true })
  const preview = previewOf([
    resultOf('sentry-1', migrate, NOT_RUN),
    resultOf('sentry-1', config, { status: 'unknown', message: 'hangs on `migrated`, not yet known' }),
    resultOf('sentry-1', reload, { status: 'unknown', message: 'runs if a task that is unknown itself notifies it' }),
    resultOf('sentry-1', release, { status: 'skipped', pending: true }),
    { kind: 'recap', hosts: { 'sentry-1': countsOf() }, unfinished: [], notReached: [], ms: 1 },
  ])
  const { screen, kept } = capturedScreen()
  screen.notes(previewLines(preview))
  assert.is(
    kept.err,
    [
      '',
      '  task                      change                                        hosts',
      '  migrate                   would run                                     1',
      '  gaiad : render app.toml   unknown: hangs on `migrated`, not yet known   1',
      '  reload                    handler, if notified                          1',
      '',
      '  would run: what it does cannot be said before it has run',
      '',
      '',
    ].join('\n'),
  )
  assert.is(previewQuestion(preview), 'Run these tasks?')
  assert.is(previewQuestion(previewOf([resultOf('a', migrate, NOT_RUN), changedOn('a', config, { what: 'x' })])), 'Apply these changes?')
})

test('names what only looks where there is nothing else to run for', () => {
  const looks = resultOf('a', release, { status: 'skipped', pending: true })
  assert.equal(
    previewOf([looks]).rows.map(({ change, kind }) => [change, kind]),
    [['only looks', 'look']],
  )
  assert.equal(
    previewOf([looks, changedOn('a', config, { what: 'x' })]).rows.map(({ kind }) => kind),
    ['change'],
  )
  assert.equal(previewOf([resultOf('a', release, { status: 'skipped' })]).rows, [], 'a condition that is false is no reason to run')
})

test('names what would fail', () => {
  assert.is(previewOf([resultOf('a', release, { status: 'failed', message: 'x' })]).rows[0]?.change, 'would fail')
})

test('columns stay aligned when a host sends control characters', () => {
  const preview = previewOf([
    changedOn('a', release, { what: 'motd', from: '\u001b[2J', to: 'x' }),
    changedOn('a', config, { what: 'motd', from: 'abc', to: 'x' }),
    { kind: 'recap', hosts: { a: countsOf() }, unfinished: [], notReached: [], ms: 1 },
  ])
  const { screen, kept } = capturedScreen()
  screen.notes(previewLines(preview))
  const columns = kept.err
    .split('\n')
    .slice(2, 4)
    .map((line) => line.lastIndexOf('1'))
  assert.is(columns[0], columns[1])
})

test.run()
