import * as assert from 'uvu/assert'
import { BACKUP, CONFIG, NODE_STATE, RESTORE, withBackups } from '../support/backups.ts'
import { labSuite, type TestHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { soon } from '../support/soon.ts'

const test = labSuite('role backup')

limit(900)

const WATCHED = ['/etc', '/usr/local', '/srv', '/var/lib/holdfast', '/var/lib/prometheus']

test('check mode touches nothing, the second run changes nothing, and what drifts is repaired', () =>
  withBackups(async ({ monitoring, sentry, cosigner }, fleet) => {
    const watched = () => Promise.all([monitoring, sentry, cosigner].map((host) => host.digest(WATCHED)))
    const before = await watched()
    const foretold = await fleet.apply('--check')
    assert.is(foretold.code, 0, foretold.err)
    assert.equal(fresh(await watched(), before), [], 'check mode changed a host')

    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
    assert.is(await sentry.read('stat -c %a /etc/holdfast /etc/holdfast/backup'), '755\n700\n', 'others cannot pass through, or may read')
    const settled = await watched()
    assert.equal((await fleet.apply()).results, [], 'a second run changed something')
    assert.equal(fresh(await watched(), settled), [], 'a second run touched something')

    await sentry.read(`echo x >>/etc/holdfast/backup/exclude; chmod 0644 /etc/holdfast/backup/password; systemctl disable --now holdfast-backup@test.timer
      rm /etc/systemd/system/holdfast-backup@.service; echo >/etc/holdfast/backup/known_hosts`)
    await monitoring.read('echo thief >/etc/holdfast/backup-repository/keys/hb-sentry-1; systemctl stop holdfast-backup-sshd')
    const mended = await fleet.apply()
    assert.is(mended.code, 0, mended.err)
    assert.ok(mended.results.length >= 7, JSON.stringify(mended.results))
    assert.equal((await fleet.apply()).results, [])
    await sentry.read('holdfast-backup backup')
  }))

test('what was lost comes back, and keys that sign are in no backup', () =>
  withBackups(async ({ monitoring, sentry, cosigner }, fleet) => {
    assert.is((await fleet.apply()).code, 0)
    const saved = await fleet.run(BACKUP)
    assert.is(saved.code, 0, saved.err)
    assert.match(saved.err, /backup: good/)
    assert.match(await sentry.read('cat /var/lib/prometheus/node-exporter/holdfast_backup.prom'), /holdfast_backup_ok\{run="test"\} 1/)

    const inside = await sentry.read('holdfast-backup restore; cd /var/lib/holdfast/backup/restored; find . -type f | sort')
    assert.not.match(inside, 'priv_validator_key')
    assert.match(inside, `.${CONFIG}/node_key.json`)
    assert.not.match(await cosigner.read('holdfast-backup restore; find /var/lib/holdfast/backup/restored'), /c1_shard|ecies|raft/)
    assert.not.match(await monitoring.read('grep -rl secret /srv/holdfast-backup || true'), 'sentry', 'the repository is readable')

    const before = await sentry.digest([CONFIG])
    await sentry.read(
      `rm ${CONFIG}/node_key.json ${CONFIG}/genesis.json; echo broken >${CONFIG}/config.toml; chmod 0777 ${CONFIG}/addrbook.json`,
    )
    const restored = await fleet.run(RESTORE, '--limit', 'sentry-1')
    assert.is(restored.code, 0, restored.err)
    assert.match(restored.err, `${CONFIG}/node_key.json`)
    assert.is(undated(await sentry.digest([CONFIG])), undated(before))
    assert.is(await sentry.read(`cat ${CONFIG}/priv_validator_key.json`), 'a key that signs\n')
    const again = await fleet.run(RESTORE, '--limit', 'sentry-1')
    assert.equal([again.code, again.results.filter(({ status }) => status === 'changed')], [0, []], again.err)

    // Another machine under the same name finds its repository again.
    await sentry.read('rm -rf /var/lib/cosmos-node /etc/holdfast /var/lib/holdfast')
    const anew = await fleet.apply()
    assert.is(anew.code, 0, anew.err)
    const whole = await fleet.run(RESTORE, '--limit', 'sentry-1')
    assert.is(whole.code, 0, whole.err)
    assert.is(
      await sentry.read(`cat ${NODE_STATE}; stat -c %U:%a ${CONFIG}/node_key.json /var/lib/cosmos-node/data`),
      '{"height":"0","round":0,"step":0}\ncosmos-node:600\ncosmos-node:755\n',
    )
  }))

test('a cosigner never goes back: not behind itself, and not behind the others', () =>
  withBackups(async ({ cosigner, other }, fleet) => {
    assert.is((await fleet.apply()).code, 0)
    assert.is((await fleet.run(BACKUP, '--limit', 'cosigner')).code, 0)
    await installSigner(cosigner)

    // It has signed since; the others not more than it has.
    await cosigner.read(sign(150))
    const pid = 'systemctl show -p MainPID --value horcrux'
    const before = await cosigner.read(pid)
    const idle = await fleet.run(RESTORE, '--limit', 'cosigner-1')
    assert.equal([idle.code, idle.results.filter(({ status }) => status === 'changed')], [0, []], idle.err)
    assert.is(await cosigner.read(pid), before, 'it was stopped for nothing')
    await cosigner.read('echo broken >/var/lib/horcrux/config.yaml')
    const kept = await fleet.run(RESTORE, '--limit', 'cosigner-1')
    assert.is(kept.code, 0, kept.err)
    assert.match(kept.err, 'signing state here, here at height 150')
    assert.is(await heights(cosigner), '150 150')
    assert.is((await cosigner.run('systemctl is-active horcrux')).stdout, 'active\n')

    // Its disk is gone, and the others have gone on: the backup is old, and is refused before anything stops.
    await other.read(sign(160))
    await cosigner.read('rm -rf /var/lib/horcrux/state; rm /var/lib/horcrux/config.yaml')
    const refused = await fleet.run(RESTORE, '--limit', 'cosigner-1', '-e', 'restore_raise_signing_state=false')
    assert.is(refused.code, 1)
    assert.match(refused.err, /would go back: the key has signed up to height 160/)
    assert.is((await cosigner.run('ls /var/lib/horcrux/state; systemctl is-active horcrux')).stdout, 'active\n')

    // Who cannot be asked is no proof either.
    await other.read('mv /var/lib/horcrux/state /var/lib/horcrux/aside')
    const unknown = await fleet.run(RESTORE, '--limit', 'cosigner-1', '-e', 'restore_raise_signing_state=true')
    assert.is(unknown.code, 1)
    assert.match(unknown.err, 'file not found')
    await other.read('mv /var/lib/horcrux/aside /var/lib/horcrux/state')

    await cosigner.read('systemd-run --quiet --unit=by-hand --service-type=exec --uid=horcrux sleep infinity')
    const running = await fleet.run(RESTORE, '--limit', 'cosigner-1', '-e', 'restore_raise_signing_state=true')
    assert.equal([running.code, running.results.at(-1)?.task], [1, 'backup : nothing else runs under its account'], running.err)
    await cosigner.read('systemctl stop by-hand')

    const raised = await fleet.run(RESTORE, '--limit', 'cosigner-1', '-e', 'restore_raise_signing_state=true')
    assert.is(raised.code, 0, raised.err)
    assert.is(await heights(cosigner), '160 160')
    assert.is(
      await cosigner.read('cat /var/lib/horcrux/config.yaml; stat -c %U:%a /var/lib/horcrux/state/*'),
      'signMode: threshold\nhorcrux:600\nhorcrux:600\n',
    )
    assert.is((await cosigner.run('systemctl is-active horcrux')).stdout, 'active\n')
  }))

test('a signer that keeps crashing is not taken for one that is stopped, and starts with what was signed', () =>
  withBackups(async ({ cosigner, other }, fleet) => {
    assert.is((await fleet.apply()).code, 0)
    assert.is((await fleet.run(BACKUP, '--limit', 'cosigner')).code, 0)
    await cosigner.read('rm -r /var/lib/horcrux/state /var/lib/horcrux/config.yaml')
    await other.read(sign(160))
    // As Horcrux does: without its configuration it ends, and without a state it begins at nothing.
    await installSigner(cosigner, 'cat config.yaml state/* >seen || exit 1; sleep infinity')
    const restored = await fleet.run(RESTORE, '--limit', 'cosigner-1', '-e', 'restore_raise_signing_state=true')
    assert.is(restored.code, 0, restored.err)
    // systemd calls it started before it has read anything.
    await cosigner.read(soon('pgrep -u horcrux -x sleep'))
    assert.match(await cosigner.read('cat /var/lib/horcrux/seen'), /signMode: threshold\n.*"160".*\n.*"160"/)
    assert.is((await cosigner.run('systemctl is-active horcrux')).stdout, 'active\n')
  }))

test.run()

/** Something that runs under the name of the signer, and again 200 ms after it has ended. */
async function installSigner(host: TestHost, program = 'sleep infinity'): Promise<void> {
  const unit = `[Service]\\nUser=horcrux\\nWorkingDirectory=/var/lib/horcrux\\nExecStart=/bin/sh -c "${program}"\\nRestart=always\\nRestartSec=0.2\\n[Unit]\\nStartLimitIntervalSec=0\\n`
  await host.read(`printf '${unit}' >/etc/systemd/system/horcrux.service; systemctl daemon-reload; systemctl start horcrux`)
}

function sign(height: number): string {
  return `for f in /var/lib/horcrux/state/*.json; do echo '{"height":"${height}","round":"0","step":3}' >$f; done`
}

async function heights(host: TestHost): Promise<string> {
  return (await host.read(`sed 's/.*"height":"\\([0-9]*\\)".*/\\1/' /var/lib/horcrux/state/*.json`)).trim().replaceAll('\n', ' ')
}

/** Without times, which a restored file does not get back. */
function undated(digest: string): string {
  return digest.replace(/ \d+\.\d+( |$)/gm, ' ')
}

/** The lines of the digests that were not there before. */
function fresh(now: readonly string[], before: readonly string[]): readonly string[] {
  return now.flatMap((text, i) => text.split('\n').filter((line) => !before[i]?.split('\n').includes(line)))
}
