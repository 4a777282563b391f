import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { openJournal, type RunStart } from '../../engine/report/journal.ts'
import { changedOn, countsOf, resultOf, taskAt } from '../support/events.ts'

const test = suite('journal')

const START: RunStart = {
  command: 'apply',
  version: '0.1.0',
  playbooks: ['site.yml'],
  inventories: ['hosts.yml'],
  options: ['--check', '-e'],
  operator: 'ana',
  controller: 'laptop',
  processId: 1,
}

function withFolder(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-journal-'))
  try {
    body(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const read = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('records a run line by line, for its owner only, and points at the latest', () =>
  withFolder((folder) => {
    const journal = openJournal(folder, START, { now: new Date('2026-01-02T03:04:05Z'), unique: 'k3' })
    assert.is(journal.id, '20260102-030405-k3')
    journal.see(changedOn('a', taskAt(4, 'motd'), { what: '/etc/motd', from: 'x', to: 'y', text: { before: 'x', after: 'y' } }))
    journal.see({ kind: 'recap', hosts: { a: countsOf({ ok: 1, changed: 1 }) }, unfinished: ['c'], notReached: ['b'], ms: 5 })
    journal.end(0)
    const lines = read(journal.path)
    assert.equal(
      lines.map(({ kind }) => kind),
      ['start', 'result', 'recap', 'end'],
    )
    assert.equal(lines[1]?.['changes'], [{ what: '/etc/motd', from: 'x', to: 'y' }])
    assert.equal([lines[2]?.['unfinished'], lines[2]?.['notReached']], [['c'], ['b']])
    assert.is(readlinkSync(join(folder, 'runs/latest')), journal.id)
    assert.is(statSync(journal.path).mode & 0o777, 0o600)
    assert.is(statSync(join(folder, 'runs')).mode & 0o777, 0o700)
    assert.is(statSync(join(folder, 'runs', journal.id)).mode & 0o777, 0o700)
  }))

test('has a change on disk before the run goes on', () =>
  withFolder((folder) => {
    const journal = openJournal(folder, START, { unique: 'a' })
    journal.see(resultOf('a', taskAt(1, 'fine')))
    assert.is(read(journal.path).length, 1)
    journal.see(changedOn('a', taskAt(2, 'motd'), { what: 'x' }))
    assert.is(read(journal.path).length, 3)
    journal.end(0)
  }))

test('says what check mode cannot know, and why', () =>
  withFolder((folder) => {
    const journal = openJournal(folder, START, { unique: 'a' })
    journal.see(resultOf('a', taskAt(1, 'migrate'), { status: 'unknown', wouldRun: true, message: 'would run' }))
    journal.end(0)
    const { status, message } = read(journal.path)[1] ?? {}
    assert.equal([status, message], ['unknown', 'would run'])
  }))

test('holds no secret, and nothing but the status of a `no_log` task', () =>
  withFolder((folder) => {
    new Secret('seed', 'planted-in-journal')
    const journal = openJournal(folder, START, { unique: 'a' })
    const hidden = taskAt(3, 'seed', { noLog: true })
    journal.see({
      ...changedOn('a', hidden, { what: 'from-no-log' }),
      result: { status: 'changed', changes: [{ what: 'from-no-log' }], message: 'from-no-log', registered: { stdout: 'from-no-log' } },
    })
    journal.see(
      resultOf('a', taskAt(4, 'other'), { status: 'failed', message: 'planted-in-journal', registered: { stdout: 'raw output' } }),
    )
    journal.see({ kind: 'message', host: 'a', task: taskAt(5, 'debug'), text: 'raw output' })
    journal.end(1)
    const text = readFileSync(journal.path, 'utf8')
    for (const word of ['planted-in-journal', 'from-no-log', 'raw output']) assert.not.match(text, word)
    assert.match(text, '"status":"changed"')
  }))

test('two runs in one second do not share a folder', () =>
  withFolder((folder) => {
    const now = new Date()
    openJournal(folder, START, { now, unique: 'a' }).end(0)
    const second = openJournal(folder, START, { now, unique: 'b' })
    second.end(0)
    assert.is(readlinkSync(join(folder, 'runs/latest')), second.id)
    assert.throws(() => openJournal(folder, START, { now, unique: 'b' }), 'EEXIST')
  }))

test.run()
