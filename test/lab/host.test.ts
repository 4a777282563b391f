import { setTimeout as sleep } from 'node:timers/promises'
import { equal, instance, match, not, ok } from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { labSuite, type TestHost, withHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { soon } from '../support/soon.ts'
import { beginTestFile } from '../support/test_file.ts'

limit(300)
const test = labSuite('lab host')

test('is a whole Debian with nothing failed', () =>
  withHost(async (host) => {
    equal(await host.read('systemctl is-system-running --wait; hostname; systemctl --failed --no-legend'), `running\n${host.name}\n`)
  }))

test('comes back from a reboot it did itself, with its disk', () =>
  withHost(async (host) => {
    await host.read('echo kept > /etc/kept')
    await reboot(host)
    equal(await host.read('cat /etc/kept'), 'kept\n')
  }))

const boots: readonly (readonly [string, (host: TestHost) => Promise<void>])[] = [
  ['a reboot', reboot],
  ['a crash', (host) => host.crash().then(host.boot)],
  ['its first day', (host) => host.pristine()],
]

for (const [what, bootAgain] of boots) {
  test(`${what} keeps nothing of what was loaded into the kernel for its network`, () =>
    withHost(async (host) => {
      await host.read('nft add table inet left; ip link add left type dummy; sysctl -qw net.ipv4.tcp_fin_timeout=33')
      await bootAgain(host)
      equal(await host.read('nft list tables; ip -o link show type dummy; sysctl -n net.ipv4.tcp_fin_timeout'), '60\n')
      match(await host.read('ip -o -4 addr show dev eth0; ip route'), `${host.address}/24 `)
    }))
}

test('comes back from a crash with its disk, and from pristine without', () =>
  withHost(async (host) => {
    await host.read('echo kept > /etc/kept; sync')
    await host.crash()
    await host.boot()
    equal(await host.read('cat /etc/kept'), 'kept\n')
    await host.pristine()
    not.equal((await host.run('cat /etc/kept')).rc, 0)
  }))

test('stays off after a poweroff until it is booted', () =>
  withHost(async (host) => {
    await host.run('systemctl poweroff')
    await until(async () => host.run('true').then(() => false, isOff))
    await sleep(500)
    ok(await host.run('true').then(() => false, isOff))
    await host.boot()
    equal((await host.run('true')).rc, 0)
  }))

test('keeps its services to itself', () =>
  withHosts(2, async ([one, other]) => {
    await other?.read(soon('systemctl is-active ssh'))
    await one?.read('systemctl stop ssh; pkill -x sshd || true')
    equal(await other?.read('systemctl is-active ssh'), 'active\n')
    await one?.read('systemctl start ssh')
  }))

test('shows the end of its console when it cannot boot', () =>
  withHost(async (host) => {
    await host.crash()
    await host.boot()
    await host.read('mv /usr/lib/systemd/systemd /usr/lib/systemd/gone')
    await host.crash()
    try {
      await host.boot()
      throw new Error('it booted without an init')
    } catch (error) {
      instance(error, Rejected)
      const [problem] = (error as Rejected).diagnostics
      match(problem?.message ?? '', `host \`${host.name}\` of lab \`${host.lab}\` stopped while booting`)
      match(problem?.detail ?? '', 'exec')
    } finally {
      await host.pristine()
    }
  }))

test('reaches the other hosts and the controller, and nothing beyond', () =>
  withHosts(2, async ([one, other]) => {
    const reach = async (address: string, port: number) =>
      (await one?.run(`timeout 5 bash -c '< /dev/tcp/${address}/${port}'`))?.stderr ?? ''
    equal(await reach(other?.address ?? '', 22), '')
    match(await reach('192.0.2.99', 80), 'Network is unreachable')
  }))

test('installs packages when it is allowed internet', () =>
  withHost(
    async (host) => {
      await host.read('apt-get -q update')
      await host.read('DEBIAN_FRONTEND=noninteractive apt-get -qy install tree')
      equal((await host.run('tree --version')).rc, 0)
    },
    { internet: true },
  ))

test('has no internet unless allowed, not even by using the proxy of the others', () =>
  withHost(async (host) => {
    not.equal((await host.run('apt-get -q update -o APT::Update::Error-Mode=any')).rc, 0)
    const proxy = `Acquire::http::Proxy=http://${host.address.replace(/\d+$/, '1')}:8888`
    const refused = await host.run(`apt-get -q update -o APT::Update::Error-Mode=any -o ${proxy}`)
    match(refused.stderr, '403')
  }))

test('of another test file is off, also when it is not lent again', async () => {
  let others: readonly TestHost[] = []
  await withHosts(2, async ([, ...hosts]) => {
    others = hosts
  })
  beginTestFile()
  await withHost(async () => {
    for (const host of others) ok(await host.run('true').then(() => false, isOff))
  })
  equal(others.length, 1)
})

test('digest tells a touched tree from an untouched one', () =>
  withHost(async (host) => {
    const before = await host.digest(['/etc', '/root'])
    equal(await host.digest(['/etc', '/root']), before)
    await host.read('chmod 600 /etc/fstab')
    not.equal(await host.digest(['/etc', '/root']), before)
  }))

async function reboot(host: TestHost): Promise<void> {
  const before = await bootId(host)
  await host.run('systemctl reboot')
  await until(async () => !['', before].includes(await bootId(host)))
}

async function bootId(host: TestHost): Promise<string> {
  // While it reboots there is nothing to enter.
  return (await host.run('systemctl -q is-active ssh && cat /proc/sys/kernel/random/boot_id').catch(() => undefined))?.stdout ?? ''
}

function isOff(error: unknown): boolean {
  return error instanceof Rejected && error.diagnostics[0]?.code === 'lab-off'
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 90_000; !(await holds()); await sleep(100)) {
    if (Date.now() > deadline) throw new Error('did not come about within 90 seconds')
  }
}

test.run()
