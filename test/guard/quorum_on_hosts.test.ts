import * as assert from 'uvu/assert'
import { assertClean, reached } from '../faults/applied.ts'
import { labSuite, type TestHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { type Outage, waitUntilUp, withSigners } from './signers.ts'

limit(300)
const test = labSuite('quorum on real hosts')

const RESTART = `- hosts: cosigner
  become: true
  gather_facts: false
  tasks:
    - copy: { content: "{{ setting }}", dest: /srv/setting }
      notify: restart the signer
  handlers:
    - name: restart the signer
      systemd_service: { name: signer, state: restarted }
`

const ELSEWHERE = `- hosts: cosigner
  become: true
  gather_facts: false
  tasks:
    - systemd_service: { name: signer, state: stopped }
      delegate_to: "{{ there }}"
`

test('five cosigners in one batch are restarted one after the other, and a converged run asks nobody', () =>
  withSigners({ count: 5, threshold: 3, site: RESTART }, async ({ project, cosigners, outages }) => {
    const first = await project.applied('-e', 'setting=one')
    assert.is(first.code, 0, first.err)
    assertClean(first)
    const down = await outages()
    assert.is(down.length, 5, 'each was restarted once')
    assert.is(most(down), 1, JSON.stringify(down))
    for (const host of cosigners) {
      assert.is(await host.read('cat /run/holdfast/fleet-simd.lock'), '', 'the lock is free, and says nothing of who had it')
      await host.read('rm -rf /run/holdfast')
    }
    const logins = () =>
      Promise.all(cosigners.map(async (host) => Number(await host.read(`journalctl | grep -c 'Accepted publickey' || true`))))
    const before = await logins()
    const again = await project.applied('-e', 'setting=one')
    assert.is(again.code, 0, again.err)
    for (const host of cosigners) await host.read('! [ -e /run/holdfast ]')
    assert.equal(
      await logins(),
      before.map((count) => count + 1),
      'a converged run makes one connection to each host, and no other',
    )
  }))

test('two cosigners stopped by hand keep a third from being restarted', () =>
  withSigners({ count: 5, threshold: 3, site: RESTART }, async ({ project, cosigners, outages }) => {
    await Promise.all(cosigners.slice(0, 2).map((host) => host.read('systemctl stop signer')))
    const before = (await outages()).length
    const refused = await project.applied('-e', 'setting=two', '--limit', 'cosigner-3')
    assert.is(refused.code, 1, refused.err)
    assertClean(refused)
    assert.match(
      refused.err,
      /error\[quorum\]: `cosigner-3` may not be disturbed: of the 5 cosigners of `simd` at most 2 may be down at once, and without it already 2 are down/,
    )
    assert.match(refused.err, /cosigner-1: nothing listens on its port 2222; cosigner-2: nothing listens on its port 2222/)
    assert.match(refused.err, /bring cosigner-1, cosigner-2 back, then run again/)
    assert.is((await outages()).length, before, 'it was left untouched')

    const repaired = await project.applied('-e', 'setting=two', '--limit', 'cosigner-1')
    assert.is(repaired.code, 0, `one that is down may be repaired:\n${repaired.err}`)
    const owed = await project.applied('-e', 'setting=two', '--limit', 'cosigner-3')
    assert.is(owed.code, 0, owed.err)
    assert.is((await outages()).filter(({ host }) => host === cosigners[2]?.name).length, 1, 'what was owed is done once it may be')
  }))

test('nor can it be restarted under another name', () =>
  withSigners({ count: 3, threshold: 2, site: ELSEWHERE, patience: 0 }, async ({ project, cosigners, outages }) => {
    const [one, two, three] = cosigners as [TestHost, TestHost, TestHost]
    await one.read('systemctl stop signer')
    const before = (await outages()).length
    const reach = JSON.stringify({ ...reached(two), ansible_host: undefined, there: two.address })
    const refused = await project.applied('-e', reach, '--limit', 'cosigner-3')
    assert.is(refused.code, 1, refused.err)
    assert.match(refused.err, /error\[quorum\]: `cosigner-2` may not be disturbed/)
    assert.is((await outages()).length, before)
    await one.read('systemctl start signer')
    await waitUntilUp(one)
    const allowed = await project.applied('-e', reach, '-e', `there=${three.address}`, '--limit', 'cosigner-3')
    assert.is(allowed.code, 0, allowed.err)
    assert.is((await outages()).filter(({ host }) => host === three.name).length, 1)
  }))

test('in a disaster the operator can do without the quorum, and the journal says so', () =>
  withSigners({ count: 3, threshold: 2, site: RESTART, patience: 0 }, async ({ project, cosigners }) => {
    await cosigners[0]?.read('systemctl stop signer')
    const refused = await project.applied('-e', 'setting=3', '--limit', 'cosigner-2')
    assert.is(refused.code, 1, refused.err)
    const slip = await project.applied('-e', 'setting=3', '--limit', 'cosigner-2', '--without-quorum', 'sim')
    assert.is(slip.code, 2, slip.err)
    const forced = await project.applied('-e', 'setting=3', '--limit', 'cosigner-2', '--without-quorum', 'simd')
    assert.is(forced.code, 0, forced.err)
    assert.match(forced.err, /warning\[guard-overridden\]: `--without-quorum simd`/)
  }))

test('a cosigner that does not come back fails its task, and no other is disturbed', () =>
  withSigners({ count: 5, threshold: 3, site: RESTART }, async ({ project, cosigners, outages }) => {
    await cosigners[0]?.read(
      `sed -i 's|^ExecStart=.*|ExecStart=/bin/sleep 999|' /etc/systemd/system/signer.service; systemctl daemon-reload`,
    )
    const ended = await project.applied('-e', 'setting=four')
    assert.is(ended.code, 1, ended.err)
    assert.match(
      ended.err,
      /error\[signer-down\]: the cosigner `cosigner-1` of `simd` was up before this change and has not come back after it: nothing listens on its port 2222/,
    )
    assert.match(ended.err, /this run has taken cosigner-1 down and it did not come back/)
    assert.is(most(await outages()), 1)
  }))

test('hosts are rebooted one after the other', () =>
  withSigners(
    { count: 3, threshold: 2, site: '- { hosts: cosigner, become: true, tasks: [reboot: { reboot_timeout: 60 }] }\n' },
    async ({ project, outages }) => {
      const ended = await project.applied()
      assert.is(ended.code, 0, ended.err)
      const down = await outages()
      assert.is(down.length, 3, JSON.stringify(down))
      assert.is(most(down), 1, JSON.stringify(down))
    },
  ))

test.run()

/** The most that were down at the same time. */
function most(outages: readonly Outage[]): number {
  return Math.max(0, ...outages.map(({ from }) => outages.filter((one) => one.from <= from && from < one.to).length))
}
