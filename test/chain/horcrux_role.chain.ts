import { fileURLToPath } from 'node:url'
import { equal, is, match, not, ok } from 'uvu/assert'
import type { TestHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { CHAIN_ID, commonLeader, type Cosigners, placing, said, succeeds, withCosigners } from './real_cosigners.ts'
import { splitKey } from './shards.ts'
import { chainSuite, program } from './suite.ts'

const test = chainSuite('role horcrux with the real signer')

limit(1500)

test('five cosigners start, agree on a leader, and are left alone by a second apply', () =>
  withCosigners(async ({ cosigners, fleet, keys }) => {
    const bare = await fleet.apply()
    succeeds(bare)
    match(bare.err, 'has no shard of kvstore-1')
    for (const host of cosigners) is((await host.run('systemctl is-active horcrux')).stdout.trim(), 'inactive')
    equal((await fleet.apply()).results, [], 'a second run without shards changed something')

    const first = await fleet.apply(...keys)
    succeeds(first)
    await commonLeader(cosigners)
    for (const host of cosigners)
      is((await host.read('stat -c %a:%U /var/lib/horcrux/*_shard.json /var/lib/horcrux/state')).trim(), '600:horcrux\n700:horcrux')

    const started = await Promise.all(cosigners.map(startOf))
    const again = await fleet.apply()
    equal(again.results, [], 'a second run changed something')
    equal((await fleet.apply(...keys)).results, [], 'a second run with the keys changed something')
    equal(await Promise.all(cosigners.map(startOf)), started, 'a second run restarted a cosigner')
  }))

test('a change of the configuration restarts them one by one, the leader last, and changes the leader once', () =>
  withCosigners(async ({ cosigners, fleet, keys }) => {
    succeeds(await fleet.apply(...keys))
    // On a machine that is busy they may elect another one by themselves meanwhile, of which nothing can be told: then once more.
    let last = await rolled({ cosigners, fleet }, 1200)
    for (let timeout = 1300; last.length === 0 && timeout <= 1500; timeout += 100) last = await rolled({ cosigners, fleet }, timeout)
    ok(last.length > 0, 'nobody was restarted as the leader')
    await commonLeader(cosigners)
  }))

test('what someone changes is put back, and a killed signer comes back by itself', () =>
  withCosigners(async ({ cosigners, fleet, keys }) => {
    succeeds(await fleet.apply(...keys))
    const [one, two, three] = cosigners as [TestHost, TestHost, TestHost]
    await one.read('systemctl stop horcrux && systemctl disable horcrux && chmod 0755 /var/lib/horcrux/state')
    await two.read(`sed -i 's/^  threshold: 3/  threshold: 4/' /var/lib/horcrux/config.yaml`)
    await three.read('chmod 0644 /var/lib/horcrux/*_shard.json; echo 1 >/var/lib/horcrux/horcrux.pid; systemctl kill -s KILL horcrux')
    const mended = await fleet.apply(...keys)
    succeeds(mended)
    await commonLeader(cosigners)
    is((await one.read('stat -c %a /var/lib/horcrux/state; systemctl is-enabled horcrux')).trim(), '700\nenabled')
    is((await three.read('stat -c %a /var/lib/horcrux/*_shard.json')).trim(), '600')
    equal((await fleet.apply(...keys)).results, [])
  }))

test('a shard of another cosigner, another key in the place and an old release are refused', () =>
  withCosigners(async ({ cosigners, fleet, keys, ceremony }) => {
    const [one] = cosigners as [TestHost]
    const swapped = await fleet.apply('-e', placing({ ...ceremony, shards: [...ceremony.shards].reverse() }), '-l', 'cosigner-1')
    is(swapped.code, 2, 'known before a host is contacted')
    match(said(swapped), '`content` is shard 5, and shard 1 belongs here')
    not((await one.run('ls /var/lib/horcrux/*_shard.json')).rc === 0)

    succeeds(await fleet.apply(...keys))
    const before = await one.read('cat /var/lib/horcrux/*_shard.json')
    const other = await splitKey({ chainId: CHAIN_ID, count: 5, threshold: 3 })
    const foreign = await fleet.apply('-e', placing(other), '-l', 'cosigner-1')
    is(foreign.code, 1)
    match(said(foreign), 'another key stands at')
    is(await one.read('cat /var/lib/horcrux/*_shard.json'), before)

    const old = await fleet.apply('-e', '{"horcrux_program": {"version": "3.3.1", "file": "/bin/true"}}')
    is(old.code, 1)
    match(said(old), 'GHSA-6wxf-7784-62fp')
    const wrong = await fleet.apply('-e', JSON.stringify({ horcrux_program: { version: '3.3.9', file: program('horcrux').path } }))
    is(wrong.code, 1)
    match(said(wrong), 'refused the new content')
  }))

test('a status tells at once of a cosigner that is stopped, and waits for one that is just starting', () =>
  withCosigners(async ({ cosigners, fleet, keys }) => {
    succeeds(await fleet.apply(...keys))
    const status = () => fleet.run(STATUS, '-l', 'cosigner')
    const [stopped, starting] = cosigners as [TestHost, TestHost]
    for (const host of [stopped, starting]) await host.read(`systemctl stop horcrux\n${NOTE_QUESTIONS}`)
    await starting.read(START_WHEN_ASKED)

    const looked = await status()
    is(looked.code, 1)
    const silent = looked.results.filter(({ message = '' }) => message.includes('does not answer'))
    equal(
      silent.map(({ host, message }) => `${host}: ${message}`),
      ['cosigner-1: the signer does not answer: horcrux.service is inactive'],
    )
    match(looked.err, '4 of 5 cosigners answer')
    is(await stopped.read('cat /run/asked'), '', 'it was asked although nothing runs')
    match(await starting.read('cat /run/asked'), /\bleader$/m)
  }))

test.run()

const STATUS = fileURLToPath(new URL('../../../playbooks/status.yml', import.meta.url))

/** Writes down what the program is asked from now on. */
const NOTE_QUESTIONS = `program=$(readlink -f /usr/local/bin/horcrux); : >/run/asked; chmod 666 /run/asked; rm /usr/local/bin/horcrux
printf '#!/bin/sh\\necho "$*" >>/run/asked\\nexec %s "$@"\\n' "$program" >/usr/local/bin/horcrux; chmod 755 /usr/local/bin/horcrux`

/** Starts a signer that comes up only when somebody asks it something. */
const START_WHEN_ASKED = `mkdir -p /run/systemd/system/horcrux.service.d
printf '[Service]\\nTimeoutStartSec=infinity\\nExecStartPre=+/bin/sh -c "until [ -s /run/asked ]; do sleep 0.1; done"\\n' >/run/systemd/system/horcrux.service.d/late.conf
systemctl daemon-reload; systemctl start --no-block horcrux
until [ "$(systemctl is-active horcrux)" = activating ]; do sleep 0.1; done`

/** Changes a setting of all; those that were restarted because they led, and asserts that no other came after them. */
async function rolled({ cosigners, fleet }: Pick<Cosigners, 'cosigners' | 'fleet'>, timeout: number): Promise<readonly string[]> {
  await commonLeader(cosigners)
  const before = await Promise.all(cosigners.map(startOf))
  const changed = await fleet.apply('-e', `horcrux_raft_timeout=${timeout}ms`)
  succeeds(changed)
  const after = await Promise.all(cosigners.map(startOf))
  for (const [i, start] of after.entries()) ok(start > (before[i] ?? 0), `cosigner ${i + 1} was not restarted`)
  equal(apart(after), true, 'two were restarted at once')
  for (const host of cosigners) match(await host.read('cat /var/lib/horcrux/config.yaml'), `raftTimeout: ${timeout}ms`)
  const last = changed.results.filter(({ task }) => task === 'horcrux : restart the cosigner that leads').map(({ host }) => host)
  ok(last.length === 0 || last.includes(`cosigner-${after.indexOf(Math.max(...after)) + 1}`), 'the leader was not the last')
  return last
}

/** When the signer was started, in microseconds of the one clock that all hosts of a lab share. */
async function startOf(host: TestHost): Promise<number> {
  return Number(await host.read('systemctl show -p ExecMainStartTimestampMonotonic --value horcrux'))
}

function apart(starts: readonly number[]): boolean {
  const sorted = [...starts].sort((a, b) => a - b)
  return sorted.every((start, i) => i === 0 || start - (sorted[i - 1] ?? 0) > 500_000)
}
