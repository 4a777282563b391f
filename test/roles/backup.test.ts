import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { atEnd } from '../support/cleanup.ts'
import { type Fleet, withFleet } from '../support/fleet.ts'
import { labSuite, type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'

const test = labSuite('role backup')

limit(900)

const call = promisify(execFile)

const PASSWORD = 'correct horse battery staple'
const WATCHED = ['/etc', '/usr/local', '/srv', '/var/lib/holdfast', '/var/lib/prometheus']
const CONFIG = '/var/lib/cosmos-node/config'
const BACKUP = fileURLToPath(new URL('../../../playbooks/backup.yml', import.meta.url))
const RESTORE = fileURLToPath(new URL('../../../playbooks/restore.yml', import.meta.url))
const NODE_STATE = '/var/lib/cosmos-node/data/priv_validator_state.json'

interface Hosts {
  readonly monitoring: TestHost
  readonly sentry: TestHost
  readonly cosigner: TestHost
  readonly other: TestHost
}

test('check mode touches nothing, the second run changes nothing, and what drifts is repaired', () =>
  withBackups(async ({ monitoring, sentry, cosigner }, fleet) => {
    const watched = () => Promise.all([monitoring, sentry, cosigner].map((host) => host.digest(WATCHED)))
    const before = await watched()
    const foretold = await fleet.apply('--check')
    assert.is(foretold.code, 0, foretold.err)
    assert.equal(fresh(await watched(), before), [], 'check mode changed a host')

    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
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

    await cosigner.read('systemd-run --quiet --unit=by-hand --uid=horcrux sleep infinity')
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
    assert.is((await sentry.run('ssh -F /etc/holdfast/backup/ssh_config repository id')).stdout, '', 'the account has a shell')
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

async function withBackups(
  body: (hosts: Hosts, fleet: Fleet) => Promise<void>,
  vars: { readonly [name: string]: Json } = {},
): Promise<void> {
  await withRestic(async (restic) => {
    await withHosts(
      2,
      async ([monitoring, sentry]) => {
        await withHosts(2, async ([cosigner, other]) => {
          const hosts = { monitoring, sentry, cosigner, other } as Hosts
          const program = { name: 'restic', version: '0.14.0', file: restic }
          await withFleet(
            {
              groups: { monitoring: [hosts.monitoring], sentry: [hosts.sentry], cosigner: [hosts.cosigner, hosts.other] },
              roles: ['backup'],
              vars: {
                backup_password: PASSWORD,
                chain_id: 'c1',
                backup_program_from: "{{ ternary (in 'cosigner' group_names) 'program' 'apt' }}",
                backup_program: program,
                ...vars,
              },
            },
            async (fleet) => {
              await furnish(hosts)
              await body(hosts, fleet)
            },
          )
        })
      },
      { internet: true },
    )
  })
}

/** What the roles of a node and of a signer leave on their hosts. */
async function furnish({ sentry, cosigner, other }: Hosts): Promise<void> {
  await sentry.read(`id cosmos-node 2>/dev/null >&2 || useradd --system --home-dir /var/lib/cosmos-node --shell /usr/sbin/nologin cosmos-node
    rm -rf /var/lib/cosmos-node; mkdir -p ${CONFIG} /var/lib/cosmos-node/data/blockstore.db
    echo 'moniker = "one"' >${CONFIG}/config.toml; echo '{"peers":1}' >${CONFIG}/addrbook.json; echo '{"chain_id":"c1"}' >"${CONFIG}/genesis.json"
    echo secret >${CONFIG}/node_key.json; echo 'a key that signs' >${CONFIG}/priv_validator_key.json; chmod 0600 ${CONFIG}/*key.json
    echo '{"height":"0","round":0,"step":0}' >${NODE_STATE}; head -c 300000 /dev/urandom >/var/lib/cosmos-node/data/blockstore.db/1
    chown -R cosmos-node: /var/lib/cosmos-node; chmod 0700 /var/lib/cosmos-node`)
  for (const host of [cosigner, other])
    await host.read(`id horcrux 2>/dev/null >&2 || useradd --system --home-dir /var/lib/horcrux --shell /usr/sbin/nologin horcrux
    rm -rf /var/lib/horcrux; mkdir -p -m 0700 /var/lib/horcrux/state /var/lib/horcrux/raft
    cd /var/lib/horcrux; echo 'signMode: threshold' >config.yaml; echo shard >c1_shard.json; echo keys >ecies_keys.json; echo log >raft/logs.dat
    for f in priv_validator share_sign; do echo '{"height":"100","round":"0","step":3}' >state/c1_"$f"_state.json; done
    chmod -R go= .; chown -R horcrux: .`)
}

/** Debian's restic of this machine, as something to push; fetched once. */
async function withRestic(body: (program: string) => Promise<void>): Promise<void> {
  restic ??= fetchRestic()
  await body(await restic)
}

let restic: Promise<string> | undefined

async function fetchRestic(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-restic-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  await call('sh', ['-c', 'apt-get download -q restic >/dev/null 2>&1 && dpkg -x restic_*.deb .'], { cwd: folder })
  return join(folder, 'usr/bin/restic')
}

/** Something that runs under the name of the signer. */
async function installSigner(host: TestHost): Promise<void> {
  await host.read(
    `printf '[Service]\nExecStart=/bin/sleep infinity\n' >/etc/systemd/system/horcrux.service; systemctl daemon-reload; systemctl start horcrux`,
  )
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
