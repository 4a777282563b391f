import { execFile } from 'node:child_process'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { until } from '../faults/applied.ts'
import { type Fleet, withFleet } from '../support/fleet.ts'
import { type Person, withProject } from '../support/keys.ts'
import { labSuite, type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { someDay } from '../support/some_day.ts'
import { soon } from '../support/soon.ts'

const test = labSuite('role ca')

limit(900)

const call = promisify(execFile)

const PLAYBOOKS = fileURLToPath(new URL('../../../playbooks/', import.meta.url))
const HOLDFAST = fileURLToPath(new URL('../../engine/bin/holdfast.js', import.meta.url))
const WATCHED = ['/etc', '/usr/local', '/var/lib/prometheus']
const HERE = '/etc/holdfast/certificate/current'

/** What `inventories/lab` leaves out, because it would change the machine the lab runs on. */
const SHARED = [
  ...['kernel.sysrq', 'kernel.randomize_va_space', 'kernel.yama.ptrace_scope', 'kernel.kptr_restrict', 'kernel.dmesg_restrict'],
  ...['kernel.core_uses_pid', 'kernel.perf_event_paranoid', 'fs.suid_dumpable', 'fs.protected_hardlinks', 'fs.protected_symlinks'],
  ...['fs.protected_fifos', 'fs.protected_regular', 'vm.mmap_min_addr'],
]

interface Hosts {
  readonly bastion: TestHost
  readonly sentry: TestHost
  readonly cosigner: TestHost
}

test('keys are made once and sealed, and none of them is seen', async () => {
  const others = await inMemory()
  await withAuthority(async ({ fleet }) => {
    const file = join(fleet.folder, 'host_vars/bastion-1/ca.yml')
    const text = await readFile(file, 'utf8')
    assert.is(text.match(/!secret/g)?.length, 4)
    assert.not.match(text, 'PRIVATE KEY')
    await areGone((await inMemory()).filter((name) => !others.includes(name)))
    const again = await fleet.run(`${PLAYBOOKS}ca.yml`)
    assert.equal([again.code, again.results.filter(({ status }) => status === 'changed')], [0, []], again.err)
    assert.is(await readFile(file, 'utf8'), text)
    const renewed = await fleet.run(`${PLAYBOOKS}ca.yml`, '-e', 'ca_renew_issuing=true')
    assert.is(renewed.code, 0, renewed.err)
    const after = await readFile(file, 'utf8')
    assert.equal(withoutIssuing(after), withoutIssuing(text))
    assert.is.not(after, text)
    assert.not.match(renewed.err + JSON.stringify(renewed.results), 'PRIVATE KEY')
    const never = await fleet.run(`${PLAYBOOKS}ca.yml`, '-e', 'ca_host=cosigner-1')
    assert.is(never.code, 1)
    assert.match(never.err, 'no signer of a chain')
  })
})

test('check mode touches nothing, the second run changes nothing, and what drifts is repaired', () =>
  withAuthority(async ({ hosts, fleet }) => {
    const all = Object.values(hosts)
    const watched = () => Promise.all(all.map((host) => host.digest(WATCHED)))
    const before = await watched()
    const foretold = await fleet.apply('--check')
    assert.is(foretold.code, 0, foretold.err)
    assert.equal(fresh(await watched(), before), [], 'check mode changed a host')

    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
    const settled = await watched()
    const again = await fleet.apply()
    assert.equal(again.results, [], 'a second run changed something')
    assert.equal(fresh(await watched(), settled), [], 'a second run touched something')
    assert.match(
      await hosts.cosigner.read('cat /var/lib/prometheus/node-exporter/holdfast_certificate.prom'),
      'holdfast_certificate_renewal_ok 1',
    )

    await hosts.sentry.read(`rm /etc/ssh/holdfast_revoked_keys; ${soon('ssh-keygen -Ql -f /etc/ssh/holdfast_revoked_keys')}`)
    await hosts.sentry.read(`rm ${HERE}/cert.pem /etc/ssh/ssh_host_ed25519_key-cert.pub
      sed -i /Principals/d /etc/ssh/sshd_config.d/10-holdfast-ca.conf; systemctl disable --now holdfast-certificate.timer`)
    await hosts.bastion.read(
      'echo DNS:thief >/etc/holdfast/ca/hosts/sentry-1; chmod 0644 /etc/holdfast/ca/issuing.key; systemctl stop holdfast-ca-sshd',
    )
    const mended = await fleet.apply()
    assert.is(mended.code, 0, mended.err)
    assert.equal((await fleet.apply()).results, [])
    await hosts.sentry.read(`openssl verify -CAfile ${HERE}/ca.pem -untrusted ${HERE}/cert.pem ${HERE}/cert.pem`)
  }))

test('a certificate that ends soon is renewed by the service of the timer, and services take it up', () =>
  withAuthority(async ({ hosts: { bastion, sentry, cosigner }, fleet }) => {
    await serveTls(sentry)
    assert.is((await fleet.apply('-e', '{"ca_reload_units": ["tls.service"]}')).code, 0)
    await sentry.read('systemctl restart tls')
    const serial = () => sentry.read(`openssl x509 -in ${HERE}/cert.pem -noout -serial -enddate`)
    const first = await serial()
    await sentry.read('systemctl start holdfast-certificate.service')
    assert.is(await serial(), first, 'it was renewed long before its end')
    assert.match(await sentry.read('systemctl list-timers --all'), 'holdfast-certificate.timer')

    assert.match(await greet(cosigner, sentry.address), 'Verification: OK')
    assert.match(
      await greet(cosigner, sentry.address, `-cert ${HERE}/cert.pem -key ${HERE}/key.pem -cert_chain ${HERE}/cert.pem`),
      'hello from sentry-1',
    )
    assert.not.match(await greet(cosigner, sentry.address), 'hello from sentry-1')
    assert.not.match(await greet(cosigner, sentry.address, await stranger(cosigner)), 'hello from sentry-1')

    await sentry.read(
      'sed -i s/^RENEW_DAYS=.*/RENEW_DAYS=31/ /etc/holdfast/certificate/settings; touch /run/before; systemctl start holdfast-certificate.service',
    )
    const second = await serial()
    assert.is.not(second, first)
    assert.match(await sentry.read('journalctl -u holdfast-certificate --no-pager'), 'renewed: x509 ssh')
    assert.match(
      await greet(cosigner, sentry.address, `-cert ${HERE}/cert.pem -key ${HERE}/key.pem -cert_chain ${HERE}/cert.pem`),
      'hello from sentry-1',
    )
    const served = await cosigner.read(
      `openssl s_client -connect ${sentry.address}:4433 </dev/null 2>/dev/null | openssl x509 -noout -serial -enddate`,
    )
    assert.is(served, second, 'the service still shows the old one')
    assert.match(await bastion.read('journalctl -t holdfast-ca --no-pager'), 'certified sentry-1')

    // The authority is away: what is there stays, and the failure is seen.
    await bastion.read('systemctl stop holdfast-ca-sshd')
    assert.is((await sentry.run('systemctl start holdfast-certificate.service')).rc, 1)
    assert.is((await sentry.run('systemctl is-failed holdfast-certificate.service')).stdout, 'failed\n')
    assert.is(await serial(), second)
    assert.match(await sentry.read('cat /var/lib/prometheus/node-exporter/holdfast_certificate.prom'), 'holdfast_certificate_renewal_ok 0')
  }))

test('hosts ask the authority only once it listens, however slowly it starts', () =>
  withAuthority(async ({ hosts: { bastion, sentry }, fleet }) => {
    const slowly = '/etc/systemd/system/holdfast-ca-sshd.service.d'
    await sentry.read('rm -rf /etc/holdfast/certificate')
    await bastion.read(`mkdir ${slowly}; systemctl stop holdfast-ca-sshd || true
      printf '[Service]\nExecStart=\nExecStart=/bin/sh -c "sleep 8; exec /usr/sbin/sshd -D -e -f /etc/holdfast/ca/sshd_config"\n' >${slowly}/slowly.conf
      systemctl daemon-reload`)
    const first = await fleet.apply()
    await bastion.read(`rm -r ${slowly}; systemctl daemon-reload`)
    assert.is(first.code, 0, first.err)
  }))

test('the authority signs nothing but the names of the host that asks', () =>
  withAuthority(async ({ hosts: { sentry, bastion, cosigner }, fleet }) => {
    assert.is((await fleet.apply()).code, 0)
    const ask = 'ssh -F /etc/holdfast/certificate/ssh_config authority'
    const cheat = await sentry.read(
      `cd /run; openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=bastion-1 -addext subjectAltName=DNS:bastion-1,DNS:*.example 2>/dev/null | ${ask} x509 | openssl x509 -noout -subject -ext subjectAltName,basicConstraints`,
    )
    assert.match(cheat, /CN ?= ?sentry-1/)
    assert.match(cheat, 'DNS:sentry-1')
    assert.not.match(cheat, /bastion|example|CA:TRUE/)
    for (const [verb, input, why] of [
      ['x509', 'echo rubbish', 'no request that proves'],
      ['ssh', 'echo rubbish', 'only ed25519'],
      ['sh', 'echo id', 'are known'],
    ] as const) {
      const { rc, stderr } = await sentry.run(`${input} | ${ask} ${verb}`)
      assert.is(rc, 1)
      assert.match(stderr, why)
    }
    assert.is((await sentry.run('ssh -F /etc/holdfast/certificate/ssh_config -W 127.0.0.1:22 authority </dev/null')).rc, 255)
    assert.match(
      (
        await cosigner.run(
          'ssh -F /etc/holdfast/certificate/ssh_config -i /etc/ssh/ssh_host_ed25519_key -o IdentityFile=none authority x509 </dev/null',
        )
      ).stderr,
      /refuses|denied/,
    )
    assert.is((await cosigner.run('ls /etc/holdfast/ca')).rc, 2, 'a cosigner holds keys of the authority')
    assert.not.match(await bastion.read('cat /etc/holdfast/ca/*; ls /etc/holdfast/ca'), /root\.key|user_ca/)

    const begins = await sentry.read(`openssl x509 -in ${HERE}/cert.pem -noout -startdate | cut -d= -f2`)
    assert.ok(Date.now() - Date.parse(begins) >= 300_000, `a clock that is a little behind would not take it: ${begins}`)
    const request = 'openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=x 2>/dev/null'
    await bastion.read('rm /etc/holdfast/ca/hosts/sentry-1')
    assert.match((await sentry.run(`${request} | ${ask} x509`)).stderr, 'no names are known of sentry-1')
    await bastion.read(`sed -i '/ca-sign sentry-1"/d' /etc/holdfast/ca/authorized_keys`)
    assert.match((await sentry.run(`${request} | ${ask} x509`)).stderr, 'denied')
  }))

test('people log in with a certificate while it is good, and clients know the hosts by theirs', () =>
  withAuthority(async ({ hosts: { sentry, bastion }, fleet }) => {
    assert.is((await fleet.apply()).code, 0)
    const keys = join(fleet.folder, 'keys')
    await mkdir(keys)
    const sign = async (name: string, ...words: string[]) => {
      await call('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(keys, name)])
      const signed = await fleet.run(
        `${PLAYBOOKS}ssh_certificate.yml`,
        '-e',
        `key=${join(keys, name)}.pub`,
        '-e',
        `identity=${name}@desk`,
        ...words,
      )
      assert.is(signed.code, 0, signed.err)
    }
    await sign('ana', '-e', 'principals=ops', '-e', 'validity=+1h', '-e', 'serial=42')
    await sign('ben', '-e', 'principals=guests', '-e', 'validity=+1h', '-e', 'serial=43')
    await sign('eva', '-e', 'principals=ops', '-e', 'validity=+1h', '-e', 'serial=44')
    const text = await readFile(join(fleet.folder, 'host_vars/bastion-1/ca.yml'), 'utf8')
    const hostCa = /^ca_ssh_host_public_key: (.*)$/m.exec(text)?.[1]
    await writeFile(join(keys, 'known_hosts'), `@cert-authority ${sentry.address},${bastion.address} ${hostCa}\n`)
    const login = (name: string, more: readonly string[] = []) =>
      call('ssh', [
        '-F',
        'none',
        '-o',
        `UserKnownHostsFile=${keys}/known_hosts`,
        '-o',
        'StrictHostKeyChecking=yes',
        '-o',
        'IdentitiesOnly=yes',
        '-o',
        'BatchMode=yes',
        ...more,
        '-i',
        join(keys, name),
        `operator@${sentry.address}`,
        'echo in',
      ]).then(
        ({ stdout }) => stdout.trim(),
        (error: { stderr: string }) => error.stderr,
      )

    assert.is(await login('ana'), 'in')
    assert.match(await login('ben'), 'Permission denied')
    await writeFile(
      join(keys, 'known_hosts'),
      `@cert-authority ${sentry.address} ${(await readFile(join(keys, 'ana.pub'), 'utf8')).trim()}\n`,
    )
    assert.match(await login('ana'), 'Host key verification failed')
    await writeFile(join(keys, 'known_hosts'), `@cert-authority ${sentry.address},${bastion.address} ${hostCa}\n`)

    await sign('old', '-e', 'principals=ops', '-e', 'validity=+3s', '-e', 'serial=45')
    await pause(4000)
    assert.match(await login('old'), 'Permission denied', 'a certificate that has ended was taken')
    await call(
      'sh',
      [
        '-c',
        'ssh-keygen -q -t ed25519 -N "" -f thief; cp eva fake; cp eva.pub fake.pub; ssh-keygen -q -s thief -I fake -n ops -V +1h fake.pub',
      ],
      { cwd: keys },
    )
    assert.match(await login('fake'), 'Permission denied', 'a certificate of someone else was taken')

    const revoked = await fleet.apply('-e', '{"ca_ssh_revoked": ["serial: 42"]}')
    assert.is(revoked.code, 0, revoked.err)
    assert.match(await login('ana'), 'Permission denied')
    assert.is(await login('eva'), 'in')
    assert.equal((await fleet.apply('-e', '{"ca_ssh_revoked": ["serial: 42"]}')).results, [])
    assert.is((await fleet.apply()).code, 0)
    assert.is(await login('ana'), 'in')
  }))

test('sshd takes back by itself what nobody could come in with', () =>
  withAuthority(async ({ hosts: { sentry }, fleet }) => {
    assert.is((await fleet.apply()).code, 0)
    // As if the run that changed it had been cut off.
    await sentry.read('echo "PubkeyAuthentication no" >>/etc/ssh/sshd_config.d/10-holdfast-ca.conf')
    const refused = await sentry.run('/usr/local/lib/holdfast/sshd-trial begin 3')
    assert.is(refused.rc, 1)
    assert.match(refused.stderr, 'would not take keys any more')
    assert.is((await sentry.run('ls /etc/ssh/sshd_config.d/10-holdfast-ca.conf')).rc, 2)
    const mended = await fleet.apply()
    assert.is(mended.code, 0, mended.err)
    await sentry.read(
      `/usr/local/lib/holdfast/sshd-trial begin 2; ${soon('[ ! -e /etc/ssh/sshd_config.d/10-holdfast-ca.conf ] && ! systemctl --quiet is-active holdfast-sshd-revert.service')}`,
    )
    assert.match((await sentry.run('/usr/local/lib/holdfast/sshd-trial state')).stderr, 'sshd has taken its configuration back')
    // Every new connection takes longer than the trial.
    await sentry.read('echo "sleep 8" >/etc/ssh/sshrc')
    const late = await fleet.apply('-l', 'sentry-1', '-e', 'ca_ssh_revert_after=3')
    await sentry.read('rm /etc/ssh/sshrc')
    assert.is(late.code, 1)
    assert.match(late.err, 'sshd has taken its configuration back')
    assert.is((await fleet.apply()).code, 0, 'nobody gets in any more')
    await sentry.read(
      'test -s /etc/ssh/sshd_config.d/10-holdfast-ca.conf; sleep 1; ! systemctl --quiet is-active holdfast-sshd-revert.timer',
    )
  }))

test('it stands beside the role hardening', () =>
  withAuthority(
    async ({ hosts, fleet }) => {
      const first = await fleet.apply()
      assert.is(first.code, 0, first.err)
      const sshd = await hosts.sentry.read('sshd -T')
      for (const line of [
        'trustedusercakeys /etc/ssh/holdfast_user_ca.pub',
        'revokedkeys /etc/ssh/holdfast_revoked_keys',
        'hostcertificate /etc/ssh/ssh_host_ed25519_key-cert.pub',
        'passwordauthentication no',
        'allowgroups ssh-users',
      ])
        assert.match(sshd, line)
      assert.equal((await fleet.apply()).results, [])
      // What a hardened sshd is told comes before what the other tests tell it.
      await Promise.all(Object.values(hosts).map((host) => host.pristine()))
    },
    { roles: ['hardening', 'ca'] },
  ))

test('what makes no sense is refused before anything is changed', () =>
  withAuthority(async ({ hosts: { sentry }, fleet }) => {
    const before = await sentry.digest(WATCHED)
    for (const wrong of [
      '{"ca_days": 5}',
      '{"ca_names": ["sentry-1"]}',
      '{"ca_ssh_revoked": ["everyone"]}',
      '{"ca_ssh_principals": {"operator": ["a,b"]}}',
    ]) {
      const { code, err } = await fleet.apply('--limit', 'sentry-1', '-e', wrong)
      assert.is(code, 1, wrong)
      assert.match(err, 'must have made its keys')
    }
    assert.is.not((await fleet.apply('-e', 'ca_host=cosigner-1')).code, 0)
    assert.equal(fresh([await sentry.digest(WATCHED)], [before]), [])
  }))

test.run()

interface Authority {
  readonly hosts: Hosts
  readonly fleet: Fleet
}

/** A fleet whose authority has been made by the playbook. */
async function withAuthority(
  body: (authority: Authority) => Promise<void>,
  { roles = ['ca'] }: { readonly roles?: readonly string[] } = {},
): Promise<void> {
  await withProject(async (project) => {
    const ana = await project.person('ana')
    await withHosts(3, async ([bastion, sentry, cosigner]) => {
      const hosts = { bastion, sentry, cosigner } as Hosts
      const groups = { bastion: [hosts.bastion], sentry: [hosts.sentry], cosigner: [hosts.cosigner] }
      const vars = {
        ca_holdfast: [process.execPath, HOLDFAST],
        ca_name: 'test fleet',
        ca_schedule: someDay(),
        ca_ssh_principals: { operator: ['ops'] },
        internet: false,
        hardening_sysctl_without: SHARED,
        hardening_management: '{{ firewall_management }}',
      }
      await withFleet({ groups, roles, vars }, async (fleet) => {
        await furnish(fleet.folder, ana)
        const made = await fleet.run(`${PLAYBOOKS}ca.yml`)
        assert.is(made.code, 0, made.err)
        await body({ hosts, fleet })
      })
    })
  })
}

/** The folders in memory in which authorities are made. */
async function inMemory(): Promise<readonly string[]> {
  return (await readdir('/dev/shm')).filter((name) => name.startsWith('holdfast-ca.'))
}

/** Another run on this machine may be making its own just now; what is left behind stays. */
async function areGone(folders: readonly string[]): Promise<void> {
  await until(async () => (await inMemory()).every((name) => !folders.includes(name)), 'keys in memory to be wiped', 60_000)
}

/** A project with one person, whose key is where the command looks for it. */
async function furnish(folder: string, { name, publicKey, keyFile }: Person): Promise<void> {
  await writeFile(join(folder, 'holdfast.yml'), 'inventory: hosts.yml\n')
  await mkdir(join(folder, 'secrets/recipients'), { recursive: true })
  await writeFile(join(folder, `secrets/recipients/${name}.asc`), publicKey)
  await mkdir(join(folder, '.config/holdfast'), { recursive: true, mode: 0o700 })
  await copyFile(keyFile, join(folder, '.config/holdfast/private-key.asc'))
}

/** The lines of the digests that were not there before. */
function fresh(now: readonly string[], before: readonly string[]): readonly string[] {
  return now.flatMap((text, i) => text.split('\n').filter((line) => !before[i]?.split('\n').includes(line)))
}

/** Something that shows the certificate, and says hello only to those who have one of the fleet. It has started once it listens. */
async function serveTls(host: TestHost): Promise<void> {
  await host.read(`mkdir -p /srv/tls; echo 'hello from sentry-1' >/srv/tls/hello
    printf '[Service]\nWorkingDirectory=/srv/tls\nExecStart=/usr/bin/openssl s_server -accept 4433 -WWW -quiet -cert ${HERE}/cert.pem -key ${HERE}/key.pem -cert_chain ${HERE}/cert.pem -CAfile ${HERE}/ca.pem -Verify 2 -verify_return_error\nExecStartPost=/bin/sh -c "until ss -Hltn | grep -q :4433; do sleep 0.1; done"\n' >/etc/systemd/system/tls.service
    systemctl daemon-reload`)
}

/** What the TLS service says to this host. */
async function greet(host: TestHost, address: string, flags = ''): Promise<string> {
  const { stdout } = await host.run(
    `printf 'GET /hello HTTP/1.0\\r\\n\\r\\n' | timeout 20 openssl s_client -ign_eof -connect ${address}:4433 -verify_ip ${address} -CAfile ${HERE}/ca.pem -verify_return_error ${flags} 2>&1`,
  )
  return stdout
}

/** Flags for a certificate that somebody signed themselves. */
async function stranger(host: TestHost): Promise<string> {
  await host.read(
    'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /run/stranger.key -out /run/stranger.crt -subj /CN=cosigner-1 -days 2 2>/dev/null',
  )
  return '-cert /run/stranger.crt -key /run/stranger.key'
}

function withoutIssuing(text: string): string {
  return text.replace(/^ca_issuing_certificate: \|\n( .*\n)+/m, '')
}
