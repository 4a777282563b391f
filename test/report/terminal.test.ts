import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Event } from '../../engine/core/event.ts'
import { Secret } from '../../engine/core/secret.ts'
import type { Telling } from '../../engine/report/task_lines.ts'
import { tellRun } from '../../engine/report/terminal.ts'
import { VERBS } from '../../engine/report/verb.ts'
import { capturedScreen } from '../support/captured_screen.ts'
import { changedOn, countsOf, resultOf, taskAt } from '../support/events.ts'

const test = suite('terminal')

function told(events: readonly Event[], telling: Partial<Telling> = {}): string {
  const { screen, kept } = capturedScreen()
  const see = tellRun(screen, { purpose: 'apply', diff: false, verbose: false, readLine: () => undefined, ...telling })
  for (const event of events) see(event)
  return kept.err
}

const HOSTS = ['sentry-us-1', 'sentry-ap-1']
const release = taskAt(14, 'gaiad : install release')
const config = taskAt(20, 'gaiad : render app.toml')
const restart = taskAt(30, 'gaiad : restart', { handler: true })
const batch: Event = { kind: 'batch', number: 2, of: 4, hosts: HOSTS }

test('tells a run that stopped as the style guide does', () => {
  const text = told([
    { kind: 'compiled', playbooks: ['playbooks/upgrade.yml'], plays: 3, tasks: 41, hosts: 12 },
    { kind: 'probed', hosts: 12, ms: 2100 },
    batch,
    changedOn('sentry-ap-1', release, { what: 'version', from: '26.1', to: '27.3' }),
    resultOf('sentry-us-1', release, {
      status: 'failed',
      message: 'the downloaded file is not the release you pinned',
      help: 'compare the pin with the published checksums, then run again',
      registered: { rc: 1, stderr: 'sha256sum: WARNING' },
    }),
    changedOn('sentry-ap-1', config, { what: '/etc/gaiad/app.toml', text: { before: 'a\nb\n', after: 'c\na\nd\n' } }),
    changedOn('sentry-ap-1', restart, { what: 'gaiad', to: 'restarted' }),
    {
      kind: 'stopped',
      reason: 'too many hosts failed',
      batch: 2,
      of: 4,
      unreachable: [],
      unfinished: [],
      notReached: ['cosigner-1', 'cosigner-2'],
    },
    {
      kind: 'recap',
      hosts: { 'sentry-us-1': countsOf({ failed: 1 }), 'sentry-ap-1': countsOf({ ok: 3, changed: 3 }), 'sentry-eu-1': countsOf({ ok: 4 }) },
      unfinished: [],
      notReached: ['cosigner-1', 'cosigner-2'],
      ms: 38_000,
    },
  ])
  assert.is(
    text,
    `    Compiled playbooks/upgrade.yml · 3 plays, 41 tasks, 12 hosts
      Probed 12 hosts in 2.1 s
       Batch 2 of 4 · sentry-us-1, sentry-ap-1
      Failed sentry-us-1 · gaiad : install release
     Changed sentry-ap-1 · gaiad : install release · version 26.1 → 27.3

error[task-failed]: the downloaded file is not the release you pinned
  --> playbooks/site.yml:14:7
   = detail: on sentry-us-1; exit status 1
             sha256sum: WARNING
   = help: compare the pin with the published checksums, then run again

     Changed sentry-ap-1 · /etc/gaiad/app.toml +2 −1
   Restarted sentry-ap-1 · gaiad : restart
     Stopped after batch 2 of 4 · too many hosts failed · 2 hosts not reached: cosigner-1, cosigner-2
     5 hosts · 1 changed, 1 ok, 1 failed, 2 not reached · 38 s
`,
  )
})

test('tells hosts that were left halfway from those never touched', () => {
  const text = told([
    { kind: 'play', name: 'site', hosts: ['a', 'b', 'c'], batches: 1 },
    resultOf('a', release),
    { kind: 'stopped', reason: 'interrupted', batch: 1, of: 1, unreachable: [], unfinished: ['a'], notReached: ['b', 'c'] },
    { kind: 'recap', hosts: { a: countsOf({ ok: 1 }), b: countsOf() }, unfinished: ['a'], notReached: ['b', 'c'], ms: 1000 },
  ])
  assert.is(
    text,
    '     Stopped interrupted · 1 host left unfinished: a · 2 hosts not reached: b, c\n     3 hosts · 1 unfinished, 2 not reached · 1.0 s\n',
  )
})

test('names the hosts that could not be met, and says that every host was reached only if it is so', () => {
  const stopped = (unreachable: readonly string[]): string =>
    told([
      { kind: 'probed', hosts: 0, ms: 12 },
      { kind: 'stopped', reason: 'the only host of the batch failed', batch: 1, of: 1, unreachable, unfinished: [], notReached: [] },
    ])
  assert.is(stopped(['web']), '     Stopped the only host of the batch failed · 1 host unreachable: web\n')
  assert.is(stopped([]), '     Stopped the only host of the batch failed · every host was reached\n')
})

test('says nothing about hosts that are fine', () => {
  const quiet = told([
    { kind: 'play', name: 'site', hosts: HOSTS, batches: 1 },
    { kind: 'batch', number: 1, of: 1, hosts: HOSTS },
    ...HOSTS.map((host) => resultOf(host, release)),
    ...HOSTS.map((host) => resultOf(host, config, { status: 'skipped', message: 'a condition is false' })),
    {
      kind: 'recap',
      hosts: Object.fromEntries(HOSTS.map((host) => [host, countsOf({ ok: 1, skipped: 1 })])),
      unfinished: [],
      notReached: [],
      ms: 600,
    },
  ])
  assert.is(quiet, '     2 hosts · 0 changed, 2 ok · 0.6 s\n')
})

test('tells of every host when asked to', () => {
  const verbose = told([{ kind: 'play', name: 'site', hosts: HOSTS, batches: 1 }, ...HOSTS.map((host) => resultOf(host, release))], {
    verbose: true,
  })
  assert.is(verbose, '          Ok sentry-us-1, sentry-ap-1 · gaiad : install release\n')
})

test('folds the same result on many hosts into one line', () => {
  const fleet = Array.from({ length: 9 }, (_, i) => (i < 5 ? `cosigner-${i}` : `public-${i}`))
  const change = { what: '/etc/motd', from: '0600', to: '0644' }
  const text = told([
    { kind: 'play', name: 'site', hosts: fleet, batches: 1 },
    ...fleet.toReversed().map((host) => changedOn(host, release, change)),
    ...fleet.toReversed().map((host) => (host.startsWith('c') ? changedOn(host, config, change) : resultOf(host, config))),
  ])
  assert.is(text, '     Changed 9 hosts · /etc/motd 0600 → 0644\n     Changed 5 hosts (cosigner-*) · /etc/motd 0600 → 0644\n')
})

test('gives one diagnostic for hosts that fail alike, and one each for those that do not', () => {
  const text = told([
    { kind: 'play', name: 'site', hosts: ['a', 'b', 'c'], batches: 1 },
    resultOf('c', release, { status: 'failed', message: 'no space' }),
    resultOf('a', release, { status: 'failed', message: 'no space' }),
    resultOf('b', release, { status: 'unreachable', message: 'connection refused' }),
  ])
  assert.match(text, '      Failed a, c · gaiad : install release\n Unreachable b · gaiad : install release\n')
  assert.match(
    text,
    'error[task-failed]: no space\n  --> playbooks/site.yml:14:7\n   = detail: on a, c\n\nerror[unreachable]: connection refused',
  )
})

test('a failure that differs only in the host it names is told once', () => {
  const refused = (host: string, address: string) =>
    resultOf(host, release, { status: 'unreachable', message: `\`${host}\` (${address} port 22) refused the connection` })
  const text = told([
    { kind: 'play', name: 'site', hosts: ['sentry-1', 'sentry-2'], batches: 1 },
    refused('sentry-1', '10.0.0.1'),
    refused('sentry-2', '10.0.0.2'),
  ])
  assert.is(text.match(/error\[unreachable\]/g)?.length, 1)
  assert.match(text, '= detail: on sentry-1, sentry-2\n')
})

test('a failure of several lines is told in full, none of them twice', () => {
  const said = 'Reading package lists...\nE: Unable to locate package gaiad'
  const text = told([
    { kind: 'play', name: 'site', hosts: ['a'], batches: 1 },
    resultOf('a', release, { status: 'failed', message: `${said} (exit status 100)`, registered: { rc: 100, stderr: said } }),
  ])
  assert.match(
    text,
    [
      'error[task-failed]: `gaiad : install release` failed',
      '  --> playbooks/site.yml:14:7',
      '   = detail: on a',
      '             Reading package lists...',
      '             E: Unable to locate package gaiad (exit status 100)',
      '',
    ].join('\n'),
  )
})

test('an ignored or rescued failure is told in one line', () => {
  const text = told([
    { kind: 'play', name: 'site', hosts: ['a'], batches: 1 },
    resultOf('a', release, { status: 'failed', message: 'no space\nat all', ignored: true }),
    { ...resultOf('a', config, { status: 'failed', message: 'no' }), rescued: true },
    resultOf('a', restart),
  ])
  assert.is(text, '     Ignored a · gaiad : install release · no space\n     Rescued a · gaiad : render app.toml\n')
})

test('keeps everything but the name of a `no_log` task to itself', () => {
  const hidden = taskAt(9, 'set the token', { noLog: true })
  const change = { what: '/etc/token', text: { before: 'old-token\n', after: 'new-token\n' } }
  const text = told(
    [
      { kind: 'play', name: 'site', hosts: ['a', 'b'], batches: 1 },
      changedOn('a', hidden, change),
      resultOf('b', hidden, { status: 'failed', message: 'hidden: `no_log`', registered: { rc: 3, stderr: 'new-token refused' } }),
    ],
    { diff: true },
  )
  assert.match(text, 'Changed a · set the token\n')
  assert.not.match(text, '-token')
})

test('a secret in a result is blanked', () => {
  new Secret('rpc password', 'correct-horse-battery')
  const text = told([
    { kind: 'play', name: 'site', hosts: ['a'], batches: 1 },
    resultOf('a', release, {
      status: 'failed',
      message: 'login as correct-horse-battery refused',
      registered: { stderr: 'correct-horse-battery' },
    }),
  ])
  assert.not.match(text, 'horse')
})

test('a hostile host cannot draw, forge a line or hide one', () => {
  const text = told([
    { kind: 'play', name: 'site', hosts: ['a'], batches: 1 },
    changedOn('a', release, { what: 'motd', from: '\u001b]52;c;eA==\u0007', to: 'x\n     9 hosts · 0 changed \u202e' }),
    resultOf('a', config, { status: 'failed', message: 'bad\u001b[1A\u001b[2K\r', registered: { stderr: 'one\ntwo\u001b[8m' } }),
  ])
  assert.not.match(text, /[^\P{C}\n]/u)
  assert.match(text, 'x\\n     9 hosts')
})

test('shows text differences line by line when asked to', () => {
  const text = told(
    [
      { kind: 'play', name: 'site', hosts: ['a'], batches: 1 },
      changedOn('a', config, { what: '/etc/motd', text: { before: 'old\nsame\n', after: 'new\nsame\n' } }),
    ],
    { diff: true },
  )
  assert.is(
    text,
    [
      '     Changed a · /etc/motd +1 −1',
      '             /etc/motd',
      '             − old',
      '             + new',
      '               same',
      '',
    ].join('\n'),
  )
})

test('shows or hides text differences as a task says, whatever the run does', () => {
  const secret = taskAt(3, 'token', { diff: false })
  const loud = taskAt(4, 'motd', { diff: true })
  const change = { what: '/etc/x', text: { before: 'old\n', after: 'new\n' } }
  assert.is(told([changedOn('a', secret, change)], { diff: true }), '     Changed a · /etc/x +1 −1\n')
  assert.match(told([changedOn('a', loud, change)], { diff: false }), '+ new')
})

test('speaks of the future in check mode and of drift in a drift run', () => {
  const events: readonly Event[] = [
    { kind: 'play', name: 'site', hosts: ['a', 'b'], batches: 1 },
    changedOn('a', config, { what: '/etc/motd' }),
    resultOf('b', config),
    resultOf('a', release, { status: 'unknown', message: 'the user `gaiad` is only predicted' }),
    resultOf('b', release),
    { kind: 'recap', hosts: { a: countsOf({ ok: 1, changed: 1 }), b: countsOf({ ok: 2 }) }, unfinished: [], notReached: [], ms: 1000 },
  ]
  assert.is(
    told(events, { purpose: 'check' }),
    'Would change a · /etc/motd\n     Unknown a · gaiad : install release · the user `gaiad` is only predicted\n     2 hosts · 1 would change, 1 ok · 1.0 s\n',
  )
  assert.match(told(events, { purpose: 'drift' }), '     Drifted a · /etc/motd\n')
  assert.match(told(events, { purpose: 'drift' }), '2 hosts · 1 drifted, 1 clean')
})

test('counts unknown hosts apart in check mode, and not as drift', () => {
  const command = taskAt(5, 'migrate', { module: 'command' })
  const notRun = { status: 'unknown', wouldRun: true, message: 'would run; what it does cannot be known before' } as const
  const events: readonly Event[] = [
    { kind: 'play', name: 'site', hosts: ['a', 'b'], batches: 1 },
    resultOf('a', command, notRun),
    resultOf('b', command, { status: 'skipped' }),
    resultOf('a', config, { status: 'unknown', message: 'hangs on `migrated`, not yet known' }),
    resultOf('b', config),
    { kind: 'recap', hosts: { a: countsOf({ unknown: 2 }), b: countsOf({ ok: 1, skipped: 1 }) }, unfinished: [], notReached: [], ms: 1000 },
  ]
  const hanging = '     Unknown a · gaiad : render app.toml · hangs on `migrated`, not yet known\n'
  assert.is(
    told(events, { purpose: 'check' }),
    `     Unknown a · migrate · would run; what it does cannot be known before\n${hanging}     2 hosts · 0 would change, 1 unknown, 1 ok · 2 tasks unknown · 1.0 s\n`,
  )
  assert.is(told(events, { purpose: 'drift' }), `${hanging}     2 hosts · 0 drifted, 2 clean · 2 tasks unknown · 1.0 s\n`)
})

test('tells what `debug` says in its place, once for hosts that say the same', () => {
  const debug = taskAt(3, 'say', { module: 'debug' })
  const text = told([
    { kind: 'play', name: 'site', hosts: ['a', 'b'], batches: 1 },
    { kind: 'message', host: 'b', task: debug, text: 'hello\nworld' },
    resultOf('b', debug),
    { kind: 'message', host: 'a', task: debug, text: 'hello\nworld' },
    resultOf('a', debug),
  ])
  assert.is(text, '        Says a, b · hello\n        Says a, b · world\n')
})

test('no verb is longer than its column', () => {
  assert.equal(
    Object.keys(VERBS).filter((verb) => verb.length > 12),
    [],
  )
})

test.run()
