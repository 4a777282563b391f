import * as assert from 'uvu/assert'
import type { Module } from '../../engine/core/module.ts'
import { Secret } from '../../engine/core/secret.ts'
import { group } from '../../engine/modules/group.ts'
import { user } from '../../engine/modules/user.ts'
import { applyModule, completeParams } from '../support/apply_module.ts'
import { applyOn, assertFails, assertHolds, assertMakesSo } from '../support/host_round.ts'
import { labSuite, withHost } from '../support/lab.ts'

const test = labSuite('accounts on a host')
const HASH = '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/'

test('a group comes, gets another number, and goes', () =>
  withHost(async (host) => {
    await assertMakesSo(host, group, { name: 'signers', gid: 4100 })
    await host.read('groupmod -g 4200 signers')
    await assertMakesSo(host, group, { name: 'signers', gid: 4100 })
    await assertHolds(host, group, { name: 'signers' })
    await assertFails(host, group, { name: 'second', gid: 4100 }, /GID '4100' already exists/)
    await assertMakesSo(host, group, { name: 'signers', state: 'absent' })
  }))

test('a user whose name ends in a dollar sign keeps a home directory', () =>
  withHost(async (host) => {
    await assertMakesSo(host, user, { name: 'machine$' })
    await host.read("rm -r '/home/machine$'")
    await assertMakesSo(host, user, { name: 'machine$' })
    await assertMakesSo(host, user, { name: 'machine$', state: 'absent', remove: true })
  }))

test('a user gets a systemd of its own and ids for containers, and both are repaired', () =>
  withHost(async (host) => {
    // logind asks which session a caller belongs to, and a shell that came past sshd has none.
    const shell = [
      'ssh',
      '-q',
      '-F',
      'none',
      '-i',
      host.keyFile,
      '-o',
      `UserKnownHostsFile=${host.knownHostsFile}`,
      `root@${host.address}`,
      'sh',
    ] as const
    const params = { name: 'hf-pods', system: true, linger: true, subordinate_ids: 600_200_000 }
    const makesSo = async (wanted: object): Promise<void> => {
      const before = await host.digest(['/etc', '/var/lib/systemd/linger'])
      assert.is((await applyModule(user, wanted, { shell, check: true })).status, 'changed')
      assert.is(await host.digest(['/etc', '/var/lib/systemd/linger']), before, 'check mode changed the host')
      const done = await applyModule(user, wanted, { shell })
      assert.is(done.status, 'changed', done.message)
      assert.is((await applyModule(user, wanted, { shell })).status, 'ok')
    }
    await makesSo(params)
    const drifts = [
      'rm /var/lib/systemd/linger/hf-pods',
      'systemctl stop user@$(id -u hf-pods)',
      "sed -i '/^hf-pods/d' /etc/subgid",
      "sed -i 's/^hf-pods.*/hf-pods:600200000:65535/' /etc/subuid",
      'echo hf-pods:700000000:10 >>/etc/subuid',
    ]
    for (const drift of drifts) {
      await host.read(drift)
      await makesSo(params)
    }
    assert.is(await host.read('cat /etc/subuid /etc/subgid | grep hf-pods'), 'hf-pods:600200000:65536\nhf-pods:600200000:65536\n')
    await assertFails(host, user, { name: 'hf-other', subordinate_ids: 600_200_100 }, 'would be shared with `hf-pods`')
    await makesSo({ name: 'hf-pods', linger: false })
    await host.read('systemctl stop user@$(id -u hf-pods)')
    await assertMakesSo(host, user, { name: 'hf-pods', state: 'absent', remove: true })
  }))

test('a user comes with everything that is asked, and each attribute that drifts is repaired', () =>
  withHost(async (host) => {
    const params = {
      name: 'ana.b-1',
      uid: 4300,
      groups: ['adm', 'daemon'],
      shell: '/bin/bash',
      comment: 'Ana, on call',
      password: new Secret('ana', HASH),
      password_lock: false,
      password_expire_max: 90,
      expires: 4_102_444_800,
    }
    await assertMakesSo(host, user, params)
    assert.match(await host.read('getent shadow ana.b-1'), `ana.b-1:${HASH}:`)
    assert.match(await host.read('getent passwd ana.b-1'), 'ana.b-1:x:4300:4300:Ana, on call:/home/ana.b-1:/bin/bash')
    const drifts = [
      'usermod -u 4301 ana.b-1',
      'usermod -G adm,tty ana.b-1',
      'usermod -s /bin/sh ana.b-1',
      'usermod -c nobody ana.b-1',
      "usermod -p '*' ana.b-1",
      'usermod -L ana.b-1',
      'chage -M 99 ana.b-1',
      'chage -E -1 ana.b-1',
      'rm -r /home/ana.b-1',
    ]
    for (const drift of drifts) {
      await host.read(drift)
      const { changes } = await assertMakesSo(host, user, params)
      assert.not.match(JSON.stringify(changes), HASH)
    }
    assert.match(await host.read('stat -c %U /home/ana.b-1/.bashrc'), 'ana.b-1')
    await assertMakesSo(host, user, { name: 'ana.b-1', groups: ['tty'], append: true })
    assert.match(await host.read('id -Gn ana.b-1'), /adm.*tty|tty.*adm/)
    await assertMakesSo(host, user, { name: 'ana.b-1', home: '/srv/ana', move_home: true })
    await assertMakesSo(host, user, { name: 'ana.b-1', state: 'absent', remove: true })
    assert.is((await host.run('ls /srv/ana')).rc, 2)
  }))

test('a user whose name a group has already gets the default group', () =>
  withHost(async (host) => {
    await host.read('groupadd telemetry')
    await assertMakesSo(host, user, { name: 'telemetry', system: true, create_home: false, shell: '/usr/sbin/nologin' })
    await assertMakesSo(host, user, { name: 'telemetry', group: 'telemetry', create_home: false })
    await assertFails(host, user, { name: 'telemetry', group: 'nosuch', create_home: false }, /group 'nosuch' does not exist/)
    await assertMakesSo(host, user, { name: 'telemetry', state: 'absent' })
    await host.read('groupdel telemetry || true')
  }))

test('the hash of a password that only matters at creation is left alone later', () =>
  withHost(async (host) => {
    await assertMakesSo(host, user, { name: 'ben', password: HASH, update_password: 'on_create' })
    await host.read("usermod -p '*' ben")
    await assertHolds(host, user, { name: 'ben', password: HASH, update_password: 'on_create' })
    await assertMakesSo(host, user, { name: 'ben', password: HASH })
    await assertMakesSo(host, user, { name: 'ben', password_lock: true })
    await assertHolds(host, user, { name: 'ben', password: HASH })
    await assertMakesSo(host, user, { name: 'ben', state: 'absent', remove: true })
  }))

test('the hash of a password stands in no script, neither to look nor to change', () => {
  const module = user as Module & { kind: 'state' }
  const params = completeParams(user.schema, { name: 'ana', password: new Secret('ana', HASH), password_lock: true })
  const given = { sources: {}, diff: true }
  const current = module.parse({ rc: 0, stdout: '', stderr: '' }, params, given)
  const scripts = [module.probe(params, given), ...module.converge(current, module.desired(params, current, given), params, given)]
  assert.is(scripts.length, 4)
  for (const { text } of scripts) assert.not.match(text, HASH)
})

test('a password that is no hash is refused', async () => {
  await withHost(async (host) => {
    const { status, message } = await applyOn(host, user, { name: 'ana', password: 'correct horse' })
    assert.is(status, 'failed')
    assert.match(message, 'must be the hash')
    assert.not.match(message, 'horse')
  })
})

test.run()
