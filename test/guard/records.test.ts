import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Placement } from '../../engine/guard/placement.ts'
import { recordName } from '../../engine/guard/placement.ts'
import { keepRecords, stillHolds, withdrawRecord } from '../../engine/guard/roll_call.ts'
import { FolderHosts } from './folder_hosts.ts'

const test = suite('records of keys on a host')

const RECORD: Placement = {
  publicKey: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  shard: 1,
  chain: 'hub-1',
  host: 'c1',
  machine: 'a'.repeat(32),
  state: 'held',
  turn: 3,
  since: '2026-11-21T08:00:00Z',
  claim: 'one',
}
const PATH = `/var/lib/holdfast/signers/${recordName(RECORD)}`

test('are kept as they are given, also the second time', () =>
  withHost((hosts) => {
    assert.is(hosts.run('c1', keepRecords([RECORD])).rc, 0)
    assert.is(hosts.run('c1', keepRecords([RECORD])).rc, 0)
    assert.equal(hosts.records('c1'), [RECORD])
  }))

for (const [what, other] of [
  ['one of a later turn', { turn: 4 }],
  ['another of the same turn', { claim: 'two' }],
] as const) {
  test(`do not take the place of ${what}, and the host says so`, () =>
    withHost((hosts) => {
      hosts.run('c1', keepRecords([{ ...RECORD, ...other }]))
      assert.is.not(hosts.run('c1', keepRecords([RECORD])).rc, 0)
      assert.equal(hosts.records('c1'), [{ ...RECORD, ...other }])
    }))
}

test('take the place of one of an earlier turn', () =>
  withHost((hosts) => {
    hosts.run('c1', keepRecords([{ ...RECORD, turn: 2, claim: 'two' }]))
    assert.is(hosts.run('c1', keepRecords([RECORD])).rc, 0)
    assert.equal(hosts.records('c1'), [RECORD])
  }))

test('count as not kept where they cannot be written', () =>
  withHost((hosts) => {
    hosts.put('c1', `/var/lib/holdfast/signers/.${recordName(RECORD)}.new/x`, '')
    assert.is.not(hosts.run('c1', keepRecords([RECORD])).rc, 0)
  }))

test('hold for the claim they came from, until it is taken back', () =>
  withHost((hosts) => {
    hosts.run('c1', keepRecords([RECORD]))
    assert.is(hosts.run('c1', stillHolds(RECORD)).rc, 0)
    assert.is.not(hosts.run('c1', stillHolds({ ...RECORD, claim: 'two' })).rc, 0)
    hosts.run('c1', withdrawRecord({ ...RECORD, claim: 'two' }))
    assert.is(hosts.run('c1', stillHolds(RECORD)).rc, 0, 'another claim was taken back')
    hosts.run('c1', withdrawRecord(RECORD))
    assert.is.not(hosts.run('c1', stillHolds(RECORD)).rc, 0)
    assert.is(hosts.records('c1')[0]?.['state'], 'leaving')
  }))

test('hold nothing on another machine that has the name now, and keeps the record of the one before', () =>
  withHost((hosts) => {
    hosts.run('c1', keepRecords([RECORD]))
    hosts.put('c1', '/etc/machine-id', `${'b'.repeat(32)}\n`)
    assert.is.not(hosts.run('c1', stillHolds(RECORD)).rc, 0)
  }))

test('hold nothing where they are gone', () =>
  withHost((hosts) => {
    assert.is.not(hosts.run('c1', stillHolds(RECORD)).rc, 0)
    hosts.put('c1', PATH, 'half')
    assert.is.not(hosts.run('c1', stillHolds(RECORD)).rc, 0)
  }))

test.run()

async function withHost(body: (hosts: FolderHosts) => void): Promise<void> {
  const hosts = new FolderHosts({ c1: 'cosigner' })
  hosts.put('c1', '/etc/machine-id', `${RECORD.machine}\n`)
  try {
    body(hosts)
  } finally {
    hosts.close()
  }
}
