import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { type Fleet, withFleet } from '../support/fleet.ts'
import { limit } from '../support/limit.ts'
import { labSuite, type TestHost, withHost } from '../support/lab.ts'

const test = labSuite('role hardening')

limit(300)

const call = promisify(execFile)

/** What `inventories/lab` leaves out, because it would change the machine the lab runs on. */
const SHARED = [
  ...['kernel.sysrq', 'kernel.randomize_va_space', 'kernel.yama.ptrace_scope', 'kernel.kptr_restrict', 'kernel.dmesg_restrict'],
  ...['kernel.core_uses_pid', 'kernel.perf_event_paranoid', 'fs.suid_dumpable', 'fs.protected_hardlinks', 'fs.protected_symlinks'],
  ...['fs.protected_fifos', 'fs.protected_regular', 'vm.mmap_min_addr'],
]

const WATCHED = ['/etc', '/home', '/usr/share/pam-configs', '/var/lib/pam']

/** What someone might do to a host, and the task that undoes it. */
const DRIFTS: readonly (readonly [command: string, task: string])[] = [
  ['usermod --shell /bin/sh --expiredate 1 automation; chage -M 30 automation', 'the account of the automation, without a password'],
  ['gpasswd --delete ana ssh-users', 'everyone who logs in is in that group'],
  ['echo ssh-ed25519 AAAA thief >>/etc/ssh/authorized_keys.d/automation', 'the keys of the automation'],
  ['echo automation ALL=NOPASSWD: ALL >/etc/sudoers.d/50-holdfast-automation', 'what the automation may do as root'],
  ['rm /etc/sudoers.d/00-holdfast', 'sudo on a terminal of its own, with a log and a record of what was shown'],
  [
    'sed -i "s/^PasswordAuthentication no/PasswordAuthentication yes/" /etc/ssh/sshd_config.d/00-holdfast.conf',
    'the configuration of sshd',
  ],
  ['sed -i /^Include/d /etc/ssh/sshd_config', 'that configuration is read'],
  ['sed -i "s/^UMASK.*/UMASK 000/" /etc/login.defs', 'limits of passwords and accounts made from now on'],
  ['chmod 666 /etc/security/limits.d/10-holdfast.conf', 'settings of passwords, shells and core dumps'],
  ['sed -i /preauth/d /etc/pam.d/common-auth', 'PAM asks the modules that count failures and old passwords'],
  ['echo net.ipv4.ip_forward=1 >>/etc/sysctl.d/zz-holdfast-hardening.conf', 'kernel parameters at boot'],
  ['echo 0 >/proc/sys/net/ipv4/tcp_syncookies', 'kernel parameters now'],
  ['sed -i /usb-storage/d /etc/modprobe.d/dev-sec.conf', 'kernel modules nobody needs cannot be loaded'],
  ['chmod 644 /etc/shadow', 'who may read and write the files of accounts and jobs'],
  ['chmod 755 /etc/cron.d', 'only root sees the jobs of cron'],
  ['echo trusted >/etc/hosts.equiv', 'nobody is trusted by address'],
  ['rm /etc/systemd/coredump.conf.d/50-holdfast.conf', 'no core dumps are kept'],
  ['sed -i s/persistent/volatile/ /etc/systemd/journald.conf.d/50-holdfast.conf', 'the journal survives a reboot'],
]

test('check mode touches nothing, the second run changes nothing, and each control that drifts is repaired', () =>
  withHardened(async (host, fleet) => {
    const before = await host.digest(WATCHED)
    const foretold = await fleet.apply('--check')
    assert.is(foretold.code, 0, foretold.err)
    assert.is(await host.digest(WATCHED), before, 'check mode changed the host')

    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
    const settled = await host.digest(WATCHED)
    const again = await fleet.apply()
    assert.equal(again.results, [], 'a second run changed something')
    assert.is(await host.digest(WATCHED), settled, 'a second run touched something')

    await host.read(DRIFTS.map(([command]) => command).join('\n'))
    const mended = await fleet.apply()
    assert.is(mended.code, 0, mended.err)
    const tasks = mended.results.map(({ task }) => task.replace('hardening : ', ''))
    assert.equal(
      tasks.slice(0, DRIFTS.length),
      DRIFTS.map(([, task]) => task),
    )
    assert.equal((await fleet.apply()).results, [])
  }))

test('what programs read is what the role says', () =>
  withHardened(async (host, fleet) => {
    assert.is((await fleet.apply()).code, 0)
    const sshd = await host.read('sshd -T')
    for (const line of [
      'permitrootlogin no',
      'passwordauthentication no',
      'kbdinteractiveauthentication no',
      'allowgroups ssh-users',
      'maxauthtries 4',
      'maxstartups 10:30:60',
      'loglevel VERBOSE',
      'x11forwarding no',
      'disableforwarding yes',
      'requiredrsasize 3072',
    ])
      assert.match(`\n${sshd}`, `\n${line}\n`)
    assert.match(sshd, /^kexalgorithms mlkem768x25519-sha256,sntrup761x25519-sha512/m)
    assert.match(sshd, /^persourcepenaltyexemptlist .*\d/m)
    await host.read('visudo -c')
    assert.match(await host.read('sudo -l -U automation'), 'NOPASSWD: /usr/bin/systemctl is-system-running')
    assert.match(await host.read('cat /proc/sys/net/ipv4/conf/all/rp_filter'), '1')
    assert.match(await host.read('systemd-analyze cat-config systemd/journald.conf'), 'Storage=persistent')
    assert.is((await host.run('modprobe -n -v usb-storage')).stdout.trim(), 'install /bin/true')
    assert.is(await host.read("runuser -l operator -c 'ulimit -Hc; umask'"), '0\n0027\n')
    await host.read('journalctl --header | grep -q /var/log/journal')
    assert.match(await newPassword(host, 'operator', 'Xy7-corRect!horse-baTtery9'), 'updated successfully')
    assert.is((await host.run('grep -rE "kernel\\.|fs\\.|vm\\." /etc/sysctl.d/zz-holdfast-hardening.conf')).stdout, '')
  }))

test('the operator and the automation get in by key, others and passwords do not', () =>
  withKey(({ file: key, line }) =>
    withHardened(
      async (host, fleet) => {
        assert.is((await fleet.apply()).code, 0)
        assert.is(await login(host, { user: 'operator', key: host.keyFile, command: 'sudo -n id -un' }), 'root')
        assert.is(await login(host, { user: 'automation', key, command: 'id -un' }), 'automation')
        assert.is(await login(host, { user: 'automation', key, command: 'sudo -n systemctl is-system-running' }), 'running')
        assert.match(await login(host, { user: 'automation', key, command: 'sudo -n cat /etc/shadow' }), 'a password is required')
        assert.match(await login(host, { user: 'root', key: host.keyFile, command: 'id -un' }), 'Permission denied')
        assert.match(await login(host, { user: 'automation', key: host.keyFile, command: 'id -un' }), 'Permission denied')
        await host.read(
          'useradd -m visitor; install -d -o visitor -m 700 ~visitor/.ssh; install -o visitor /home/operator/.ssh/authorized_keys ~visitor/.ssh/',
        )
        assert.match(await login(host, { user: 'visitor', key: host.keyFile, command: 'id -un' }), 'Permission denied')
        await host.read('install -d -o automation -m 700 ~automation/.ssh')
        await host.read('install -o automation /home/operator/.ssh/authorized_keys ~automation/.ssh/')
        assert.match(await login(host, { user: 'automation', key: host.keyFile, command: 'id -un' }), 'Permission denied')
        assert.match(await login(host, { user: 'operator', key: '/nonexistent', command: 'id -un' }), /Permission denied \(publickey\)/)
        assert.match(await host.read('cat /var/log/sudo.log'), 'COMMAND=/usr/bin/systemctl is-system-running')
        await host.read('echo "ana ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/ana; su ana -c "sudo id"')
        assert.match(await host.read('sudoreplay -d /var/log/sudo-io/ana -l'), 'COMMAND=/usr/bin/id')
        assert.is((await host.run('ls /var/log/sudo-io/automation /var/log/sudo-io/operator')).stdout, '')
      },
      { keys: [line] },
    ),
  ))

test('a run that logs in with a password does not turn passwords off', () =>
  withHardened(async (host, fleet) => {
    const before = await host.digest(['/etc'])
    const { code, results } = await fleet.apply('-e', 'ansible_ssh_pass=secret')
    assert.is(code, 1)
    assert.match(results[0]?.message ?? '', 'does not turn passwords off')
    assert.is(await host.digest(['/etc']), before)
  }))

test('a host with a mirror gets the packages, and they run', () =>
  withHost(
    async (host) => {
      await withFleet({ groups: { sentry: [host] }, roles: ['hardening'], vars: { hardening_sysctl_without: SHARED } }, async (fleet) => {
        const first = await fleet.apply()
        assert.is(first.code, 0, first.err)
        assert.equal((await fleet.apply()).results, [])
        assert.is(await host.read('systemctl is-active chrony'), 'active\n')
        assert.match(await host.read('pgrep -a chronyd'), '-x', 'the clock of the machine is left alone')
        const apt = await host.read('apt-config dump')
        assert.match(apt, 'codename=${distro_codename}-security')
        assert.not.match(apt, 'codename=${distro_codename},label=Debian')
        await host.read('unattended-upgrade --dry-run')
        assert.match(await host.read('cat /etc/pam.d/common-password'), /pwquality(.|\n)*pwhistory(.|\n)*pam_unix/)
        assert.match((await host.run("echo 'operator:short' | chpasswd 2>&1")).stdout, 'BAD PASSWORD')
        await host.read('useradd visitor')
        assert.match(await newPassword(host, 'visitor', 'Xy7-corRect!horse-baTtery9'), 'updated successfully')
        assert.match(await newPassword(host, 'visitor', 'Responsibility!9'), 'based on a dictionary word')
        assert.match(await newPassword(host, 'visitor', 'Ab3-short'), 'shorter than 14 characters')
        await host.read('systemctl stop chrony; rm /etc/apt/apt.conf.d/52unattended-upgrades-holdfast')
        assert.equal(
          (await fleet.apply()).results.map(({ task }) => task),
          ['hardening : the time is kept', 'hardening : security upgrades are installed by themselves'],
        )

        // As on a host that was made without the packages that are only recommended.
        await host.read('apt-get purge -qy cracklib-runtime')
        const image = ['-e', 'hardening_packages_from=image']
        assert.is((await fleet.apply(...image)).code, 0)
        assert.equal((await fleet.apply(...image)).results, [])
        assert.match(await newPassword(host, 'visitor', 'Zq4-quiEt!harbour-maPle7'), 'updated successfully')
        assert.match(await newPassword(host, 'visitor', 'Ab3-short'), 'shorter than 14 characters')
      })
    },
    { internet: true },
  ))

type Body = (host: TestHost, fleet: Fleet) => Promise<void>

/** A fresh host, and a fleet of it alone that has no packages to install from. */
async function withHardened(body: Body, { keys = [] }: { readonly keys?: readonly string[] } = {}): Promise<void> {
  await withHost(async (host) => {
    await host.pristine()
    const vars = {
      internet: false,
      hardening_login_users: ['operator', 'ana'],
      hardening_sysctl_without: SHARED,
      hardening_management: '{{ firewall_management }}',
      hardening_automation_keys: keys,
    }
    await withFleet({ groups: { sentry: [host] }, roles: ['hardening'], vars }, (fleet) => body(host, fleet))
  })
}

/** What `passwd` says when root gives someone a password. */
async function newPassword(host: TestHost, user: string, password: string): Promise<string> {
  const { stdout } = await host.run(`printf '%s\\n%s\\n' '${password}' '${password}' | LC_ALL=C passwd ${user} 2>&1`)
  return stdout
}

/** A key of its own for the automation. */
async function withKey(body: (key: { readonly file: string; readonly line: string }) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-key-'))
  try {
    const file = join(folder, 'key')
    await call('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
    await body({ file, line: (await readFile(`${file}.pub`, 'utf8')).trim() })
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface Login {
  readonly user: string
  readonly key: string
  readonly command: string
}

/** What a command printed over a new connection, or what was said instead. */
async function login({ address, knownHostsFile }: TestHost, { user, key, command }: Login): Promise<string> {
  const options = ['-F', 'none', '-i', key, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes', '-o', `UserKnownHostsFile=${knownHostsFile}`]
  return call('ssh', [...options, `${user}@${address}`, command]).then(
    ({ stdout }) => stdout.trim(),
    ({ stderr }: { readonly stderr: string }) => stderr.trim(),
  )
}

test.run()
