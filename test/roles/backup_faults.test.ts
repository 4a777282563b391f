import * as assert from 'uvu/assert'
import { BACKUP, NODE_STATE, RESTORE, withBackups } from '../support/backups.ts'
import { labSuite } from '../support/lab.ts'
import { limit } from '../support/limit.ts'

const test = labSuite('role backup, when something is wrong')

limit(900)

test('a damaged repository, an old backup and a lost file are noticed, by whoever looks', () =>
  withBackups(async ({ monitoring, sentry }, fleet) => {
    assert.is((await fleet.apply('--limit', 'monitoring,sentry', '-e', 'backup_check_subset=100%')).code, 0)
    // As the timers start them.
    await sentry.read(
      'systemctl start holdfast-backup@backup.service && systemctl start holdfast-backup@test.service && systemctl start holdfast-backup@check.service',
    )
    assert.match(await sentry.read('systemctl list-timers --all'), 'holdfast-backup@test.timer')
    await sentry.read('systemctl start holdfast-backup@forget.service && holdfast-backup status')

    const packs = '/srv/holdfast-backup/hb-sentry-1/repository/data'
    await monitoring.read(
      `cp -a ${packs} /srv/aside; for f in $(find ${packs} -type f); do printf X | dd of=$f bs=1 seek=40 conv=notrunc 2>/dev/null; done`,
    )
    assert.is((await sentry.run('systemctl start holdfast-backup@check.service')).rc, 1)
    assert.is((await sentry.run('systemctl is-failed holdfast-backup@check.service')).stdout, 'failed\n')
    assert.match(await sentry.read('cat /var/lib/prometheus/node-exporter/holdfast_backup.prom'), 'holdfast_backup_ok{run="check"} 0')
    assert.is((await sentry.run('systemctl start holdfast-backup@test.service')).rc, 1)
    assert.match((await sentry.run('holdfast-backup status')).stdout, /check: FAILED/)
    assert.is((await sentry.run('holdfast-backup status')).rc, 1)
    assert.is((await fleet.run(BACKUP, '--limit', 'sentry-1')).code, 1, 'the playbook saw nothing')
    await monitoring.read(`cp -a /srv/aside/. ${packs}/; rm -r /srv/aside`)
    const mended = await fleet.run(BACKUP, '--limit', 'sentry-1')
    assert.is(mended.code, 0, mended.err)
    assert.is((await sentry.run('systemctl is-failed holdfast-backup@check.service')).rc, 1)

    await sentry.read('sed -i s/^MAX_AGE_SECONDS=.*/MAX_AGE_SECONDS=0/ /etc/holdfast/backup/settings; sleep 1')
    const old = await sentry.run('holdfast-backup test')
    assert.is(old.rc, 1)
    assert.match(old.stderr, 'the latest snapshot is older than')
    await sentry.read('echo /etc/nothing >/etc/holdfast/backup/required')
    assert.match((await sentry.run('holdfast-backup backup')).stderr, '/etc/nothing is not there, and must be in the backup')
    await sentry.read('echo >/etc/holdfast/backup/required; echo >/etc/holdfast/backup/exclude')
    assert.match((await sentry.run('holdfast-backup backup')).stderr, 'priv_validator_key.json is a key that signs')
    assert.is((await sentry.run('ls /var/lib/holdfast/backup')).stdout.includes('stage'), false, 'keys lie about')
  }))

test('what tmkms has signed is never set back, and its key is in no backup', () =>
  withBackups(async ({ sentry }, fleet) => {
    assert.is((await fleet.apply('--limit', 'monitoring,sentry')).code, 0)
    const [state, key] = ['/var/lib/tmkms/state/c1.json', '/var/lib/tmkms/secrets/c1_consensus.key']
    await sentry.read(
      `mkdir -p $(dirname ${state}) $(dirname ${key}); echo early >${state}; echo early >/var/lib/tmkms/tmkms.toml; echo key >${key}`,
    )
    await sentry.read('echo /var/lib/tmkms >>/etc/holdfast/backup/include; holdfast-backup backup')
    await sentry.read(`echo late >${state}; echo late >/var/lib/tmkms/tmkms.toml; rm ${key}`)
    await sentry.read('holdfast-backup place "$(holdfast-backup restore latest)"')
    assert.is(await sentry.read('cat /var/lib/tmkms/tmkms.toml'), 'early\n')
    assert.is(await sentry.read(`cat ${state}`), 'late\n')
    assert.is((await sentry.run(`ls ${key}`)).rc, 2, 'the key was in the backup')
    await sentry.read(`echo key >${key}; sed -i /consensus/d /etc/holdfast/backup/exclude`)
    assert.match((await sentry.run('holdfast-backup backup')).stderr, 'c1_consensus.key is a key that signs')
  }))

test('a repository that is not the one of this host is refused', () =>
  withBackups(async ({ monitoring, sentry }, fleet) => {
    assert.is((await fleet.apply()).code, 0)
    const mine = '/srv/holdfast-backup/hb-sentry-1/repository'
    await monitoring.read(
      `mv ${mine} /srv/mine; cp -a /srv/holdfast-backup/hb-cosigner-1/repository ${mine}; chown -R hb-sentry-1: ${mine}`,
    )
    assert.match((await sentry.run('holdfast-backup backup')).stderr, 'this is not the repository that this host had')
    await sentry.read('mv /var/lib/holdfast/backup/repository /var/lib/holdfast/backup/aside')
    const other = await fleet.apply('--limit', 'sentry-1')
    assert.is(other.code, 1)
    assert.match(other.err, 'this is the repository of cosigner-1, and this host is sentry-1')

    await monitoring.read(`rm -r ${mine}; mkdir -m 0700 ${mine}; chown hb-sentry-1: ${mine}`)
    await sentry.read('mv /var/lib/holdfast/backup/aside /var/lib/holdfast/backup/repository')
    assert.match((await sentry.run('holdfast-backup backup')).stderr, 'there is no repository')
    assert.match((await sentry.run('holdfast-backup init')).stderr, 'the repository of this host is gone')
    await monitoring.read(`rmdir ${mine}; mv /srv/mine ${mine}`)
    await sentry.read('holdfast-backup backup')

    const wrong = await fleet.apply('--limit', 'sentry-1', '-e', 'backup_password=another-word-altogether')
    assert.is(wrong.code, 1)
    assert.match(wrong.err, 'cannot be opened')
    assert.is((await fleet.apply('--limit', 'sentry-1', '-e', 'backup_password=another-word-altogether')).code, 1, 'it was forgotten')
    assert.not.match(wrong.err + JSON.stringify(wrong.results), 'another-word-altogether')
    const right = await fleet.apply('--limit', 'sentry-1')
    assert.is(right.code, 0, right.err)
    assert.match((await sentry.run('ssh -F /etc/holdfast/backup/ssh_config repository id')).stdout, 'sftp connections only')
    assert.is(
      (await sentry.run('echo "ls /etc" | sftp -F /etc/holdfast/backup/ssh_config -b - repository')).stdout.includes('passwd'),
      false,
    )
  }))

test('the data of a node is taken while it stands still, and brought back beside its signing state', () =>
  withBackups(
    async ({ sentry }, fleet) => {
      await sentry.read(
        `printf '[Service]\nExecStart=/bin/sleep infinity\n' >/etc/systemd/system/cosmos-node.service; systemctl daemon-reload; systemctl start cosmos-node`,
      )
      assert.is((await fleet.apply('--limit', 'monitoring,sentry')).code, 0)
      assert.is((await fleet.run(BACKUP, '--limit', 'sentry-1')).code, 0)
      assert.is((await sentry.run('systemctl is-active cosmos-node')).stdout, 'active\n')
      const block = await sentry.read('sha256sum /var/lib/cosmos-node/data/blockstore.db/1')
      await sentry.read(`rm -r /var/lib/cosmos-node/data/blockstore.db; echo '{"height":"7","round":0,"step":3}' >${NODE_STATE}`)
      const restored = await fleet.run(RESTORE, '--limit', 'sentry-1', '-e', 'restore_data=latest')
      assert.is(restored.code, 0, restored.err)
      assert.is(await sentry.read('sha256sum /var/lib/cosmos-node/data/blockstore.db/1'), block)
      assert.match(await sentry.read(`cat ${NODE_STATE}; systemctl is-active cosmos-node`), /"height":"7".*\nactive/)
    },
    { backup_data: "{{ ternary (in 'sentry' group_names) 'stopped' 'none' }}" },
  ))

test('a validator with a single signer goes on from a height that the operator gives', () =>
  withBackups(
    async ({ sentry }, fleet) => {
      await sentry.read(`echo '{"height":"50","round":0,"step":3}' >${NODE_STATE}`)
      assert.is((await fleet.apply('--limit', 'monitoring,sentry')).code, 0)
      assert.is((await fleet.run(BACKUP, '--limit', 'sentry-1')).code, 0)
      await sentry.read(`rm ${NODE_STATE}`)
      const refused = await fleet.run(RESTORE, '--limit', 'sentry-1')
      assert.is(refused.code, 1)
      assert.match(refused.err, 'nothing tells whether the copy at height 50')
      assert.match((await fleet.run(RESTORE, '--limit', 'sentry-1', '-e', 'restore_signed_at_least=70')).err, 'would go back')
      const raised = await fleet.run(
        RESTORE,
        '--limit',
        'sentry-1',
        '-e',
        'restore_signed_at_least=70',
        '-e',
        'restore_raise_signing_state=true',
      )
      assert.is(raised.code, 0, raised.err)
      assert.is(await sentry.read(`cat ${NODE_STATE}`), '{"height":"70","round":0,"step":3}\n')
    },
    { backup_signs: true },
  ))

test('what cannot be is refused before any host is touched', () =>
  withBackups(
    async (_hosts, fleet) => {
      const { code, errors } = await fleet.apply()
      assert.is(code, 2)
      assert.match(errors.join('\n'), '`backup_data` cannot be `now`')
    },
    { backup_data: 'now' },
  ))

test('what makes no sense is refused before anything is changed', () =>
  withBackups(async ({ sentry }, fleet) => {
    const before = await sentry.digest(['/etc', '/usr/local'])
    for (const wrong of ['backup_password=short', 'backup_data=frozen', '{"backup_paths": ["/etc/*"]}']) {
      const { code, err } = await fleet.apply('--limit', 'sentry-1', '-e', wrong)
      assert.is(code, 1, wrong)
      assert.match(err, '`backup_password` needs 16 characters')
    }
    for (const wrong of ['restore_snapshot=;reboot', 'restore_signed_at_least=many'])
      assert.is((await fleet.run(RESTORE, '--limit', 'sentry-1', '-e', wrong)).code, 1)
    assert.match((await fleet.run(RESTORE)).err, 'restore one host at a time')
    assert.is(await sentry.digest(['/etc', '/usr/local']), before)
  }))

test.run()
