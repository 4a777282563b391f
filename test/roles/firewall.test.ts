import * as assert from 'uvu/assert'
import { type Fleet, withFleet } from '../support/fleet.ts'
import { labSuite, type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { scanCommand } from '../support/port_scan.ts'

const test = labSuite('role firewall')
limit(300)

interface Hosts {
  readonly public: TestHost
  readonly sentry: TestHost
  readonly cosigner: TestHost
  readonly cosigner2: TestHost
  readonly monitoring: TestHost
  readonly bastion: TestHost
  /** In no inventory. */
  readonly stranger: TestHost
}

type Zone = keyof Hosts

const PORTS = [22, 1234, 2222, 6001, 8428, 9100, 9428, 26656, 26660]

/** Who reaches whom on which of the ports; everything else must be closed. */
const OPEN: readonly (readonly [from: Zone, to: Zone, ports: readonly number[]])[] = [
  ['stranger', 'public', [26656]],
  ['public', 'sentry', [26656]],
  ['public', 'monitoring', [8428, 9428]],
  ['public', 'stranger', [1234, 2222, 6001, 8428, 9100, 9428, 26656, 26660]],
  ['sentry', 'public', [26656]],
  ['sentry', 'monitoring', [8428, 9428]],
  ['cosigner', 'cosigner2', [2222]],
  ['cosigner', 'sentry', [1234]],
  ['cosigner2', 'cosigner', [2222]],
  ['cosigner2', 'sentry', [1234]],
  ['monitoring', 'public', [9100, 26660]],
  ['monitoring', 'sentry', [9100, 26660]],
  ['monitoring', 'cosigner', [6001, 9100]],
  ['monitoring', 'cosigner2', [6001, 9100]],
  ['monitoring', 'bastion', [9100]],
  ['bastion', 'public', [22]],
  ['bastion', 'sentry', [22]],
  ['bastion', 'cosigner', [22]],
  ['bastion', 'cosigner2', [22]],
  ['bastion', 'monitoring', [22, 8428, 9428]],
]

test('opens what the matrix says between every two zones, and nothing else', () =>
  withZones(async (hosts, fleet) => {
    await Promise.all(Object.values(hosts).map(listen))
    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
    assert.equal(await scan(hosts), expected(hosts))

    const again = await fleet.apply()
    assert.is(again.code, 0, again.err)
    assert.equal(again.results, [], 'a second run changed something')
  }))

test('a host whose own firewall is gone gets no further into the others', () =>
  withZones(async (hosts, fleet) => {
    const { code, err } = await fleet.apply()
    assert.is(code, 0, err)
    await Promise.all(Object.values(hosts).map(listen))
    await hosts.public.read('nft delete table inet holdfast')
    assert.equal(
      (await reached('public', hosts)).filter((line) => !line.startsWith('public → stranger')),
      ['public → monitoring 8428 9428', 'public → sentry 26656'],
    )
    const mended = await fleet.apply()
    assert.equal(
      mended.results.map(({ host, task, status }) => [host, task, status]),
      [['public-1', 'firewall : who may reach whom', 'changed']],
    )
  }))

test('limits how many connections a stranger has to a public port', () =>
  withZones(async (hosts, fleet) => {
    const { code, err } = await fleet.apply('-e', 'firewall_connections_per_source=5')
    assert.is(code, 0, err)
    await Promise.all(Object.values(hosts).map(listen))
    const open = `n=0; for i in 1 2 3 4 5 6 7 8 9; do eval "exec $((i + 10))<>/dev/tcp/${hosts.public.address}/26656" && n=$((n + 1)); done; echo $n`
    assert.is((await hosts.stranger.run(`bash -c '${open}' 2>/dev/null`)).stdout, '5\n')
  }))

test('each part that someone changes is put back', () =>
  withHosts(1, async ([host]) => {
    const one = host as TestHost
    await withFleet({ groups: { sentry: [one] }, roles: ['firewall'] }, async (fleet) => {
      assert.is((await fleet.apply()).code, 0)
      await one.read(`nft add rule inet holdfast input tcp dport 4444 accept
        nft add table inet somebody
        sed -i 1a'flush ruleset' /etc/nftables.conf
        echo '# more' >>/etc/nftables.d/holdfast.nft
        echo '# theirs' >/etc/nftables.d/theirs.nft
        chown nobody /etc/nftables.d /etc/nftables.d/theirs.nft; chmod 777 /etc/nftables.d; chmod 664 /etc/nftables.d/theirs.nft
        rm /etc/systemd/system/nftables.service.d/holdfast.conf
        systemctl disable nftables`)
      const before = await one.digest(['/etc'])
      const looked = await fleet.apply('--check')
      assert.is(await one.digest(['/etc']), before, 'check mode changed the host')
      const mended = await fleet.apply()
      assert.is(mended.code, 0, mended.err)
      assert.equal(
        looked.results.map(({ task }) => task),
        mended.results.map(({ task }) => task),
      )
      assert.equal(
        mended.results.map(({ task }) => task),
        [
          'firewall : what nftables reads at boot',
          'firewall : only root writes what nftables reads at boot',
          'firewall : who may reach whom',
          'firewall : stopping nftables leaves the tables of others alone',
          'firewall : the firewall comes back at boot',
        ],
      )
      assert.equal((await fleet.apply()).results, [])
      assert.is(
        await one.read(`cd /etc/nftables.d; stat -c '%a %U %n' . *.nft`),
        '755 root .\n640 root holdfast.nft\n644 root theirs.nft\n',
      )
      assert.not.match(await one.read('nft list table inet holdfast'), '4444')
      await one.read('systemctl reload nftables && nft list table inet somebody')
      await one.read('systemctl stop nftables && nft list table inet somebody && ! nft list table inet holdfast')
      assert.is((await fleet.apply()).code, 0)
      await one.crash()
      await one.boot()
      assert.match(await one.read('nft list table inet holdfast'), 'the way in of the operator')
    })
  }))

test('a firewall that would lock the operator out is taken back by the host', () =>
  withHosts(1, async ([host]) => {
    const one = host as TestHost
    await withFleet({ groups: { sentry: [one] }, roles: ['firewall'] }, async (fleet) => {
      const first = await fleet.apply()
      assert.is(first.code, 0, first.err)
      const before = await one.read('nft -s list ruleset; cat /etc/nftables.d/holdfast.nft')
      const { code, results, hosts } = await fleet.apply('-e', '{"firewall_management": ["203.0.113.9"], "firewall_revert_after": 4}')
      assert.is(code, 1)
      assert.equal(
        results.map(({ task, status }) => [task, status]),
        [['firewall : who may reach whom', 'failed']],
      )
      assert.match(results[0]?.message ?? '', /new connection|confirm/)
      assert.is(hosts['sentry-1']?.failed, 1)
      assert.is(await one.read('nft -s list ruleset; cat /etc/nftables.d/holdfast.nft'), before)
      const after = await fleet.apply()
      assert.is(after.code, 0, 'the host cannot be reached any more')
      assert.equal(after.results, [])
    })
  }))

test('nothing is applied without a way in, or with a matrix that cannot be read', () =>
  withHosts(1, async ([host]) => {
    const one = host as TestHost
    const before = await one.digest(['/etc'])
    const groups = { sentry: [one] }
    await withFleet({ groups, roles: ['firewall'], vars: { firewall_management: [] } }, async (fleet) => {
      const { code, results } = await fleet.apply()
      assert.is(code, 1)
      assert.match(results[0]?.message ?? '', 'nobody could log in any more')
    })
    await withFleet({ groups, roles: ['firewall'] }, async (fleet) => {
      const wrongName = await fleet.apply('-e', '{"firewall_management": ["desk.example.org"]}')
      assert.match(wrongName.results[0]?.message ?? '', 'as numbers')
      const wrongZone = await fleet.apply(
        '-e',
        '{"firewall_extra_flows": [{"name": "x", "from": ["sentries"], "to": ["public"], "ports": [1]}]}',
      )
      assert.match(wrongZone.results[0]?.message ?? '', 'names a zone')
    })
    const wrong = {
      firewall_log_per_second: 'many',
      firewall_extra_flows: [{ name: 'x', from: ['sentry'], to: ['public'], protocol: 'icmp', port: 1 }],
    }
    await withFleet({ groups, roles: ['firewall'], vars: wrong }, async (fleet) => {
      const { code, errors } = await fleet.apply()
      assert.is(code, 2)
      assert.equal(
        errors.filter((error) => error.includes('says the role')).map((error) => error.replace(/^site\.yml:\d+:\d+ /, '')),
        [
          '`firewall_log_per_second` must be a whole number, not `many`, says the role `firewall`',
          '`firewall_extra_flows[0].protocol` cannot be `icmp`, says the role `firewall`',
          '`firewall_extra_flows[0].port` is not a key it has, says the role `firewall`',
          '`firewall_extra_flows[0]` needs `ports`, says the role `firewall`',
        ],
      )
    })
    assert.is(await one.digest(['/etc']), before)
  }))

async function withZones(body: (hosts: Hosts, fleet: Fleet) => Promise<void>): Promise<void> {
  await withHosts(7, async (lent) => {
    const [one, two, three, four, five, six, seven] = lent as readonly [
      TestHost,
      TestHost,
      TestHost,
      TestHost,
      TestHost,
      TestHost,
      TestHost,
    ]
    const hosts = { public: one, sentry: two, cosigner: three, cosigner2: four, monitoring: five, bastion: six, stranger: seven }
    const groups = { public: [one], sentry: [two], cosigner: [three, four], monitoring: [five], bastion: [six] }
    await withFleet({ groups, roles: ['firewall'] }, (fleet) => body(hosts, fleet))
  })
}

/** Something answers on all ports but that of sshd, which is there anyway; nobody comes before it does. */
async function listen(host: TestHost): Promise<void> {
  const ports = PORTS.filter((port) => port !== 22)
  await host.run('systemctl stop hf-listen; systemctl reset-failed hf-listen')
  const words = ports.map((port) => `-l ${port}`).join(' ')
  await host.read(`systemd-run --quiet --unit=hf-listen systemd-socket-activate ${words} --accept --inetd sleep 5`)
  const open = `ss -Hltn '( ${ports.map((port) => `sport = :${port}`).join(' or ')} )' | wc -l`
  await host.read(`for i in $(seq 200); do [ "$(${open})" -ge ${ports.length} ] && exit 0; sleep 0.05; done; exit 1`)
}

async function scan(hosts: Hosts): Promise<readonly string[]> {
  const zones = Object.keys(hosts) as Zone[]
  const lines: string[] = []
  for (const zone of zones) lines.push(...(await reached(zone, hosts)))
  return lines.sort()
}

async function reached(from: Zone, hosts: Hosts): Promise<readonly string[]> {
  const others = (Object.keys(hosts) as Zone[]).filter((to) => to !== from)
  const scanned = others.map((name) => ({ name, address: hosts[name].address }))
  const open = (await hosts[from].read(scanCommand(scanned, PORTS))).split('\n')
  return others
    .map((to) =>
      line(
        from,
        to,
        open.filter((found) => found.startsWith(`${to} `)).map((found) => Number(found.split(' ')[1])),
      ),
    )
    .filter((text) => text !== '')
    .sort()
}

function expected(hosts: Hosts): readonly string[] {
  const zones = Object.keys(hosts) as Zone[]
  return zones
    .flatMap((from) => zones.map((to) => line(from, to, OPEN.find(([a, b]) => a === from && b === to)?.[2] ?? [])))
    .filter((text) => text !== '')
    .sort()
}

function line(from: Zone, to: Zone, ports: readonly number[]): string {
  return ports.length === 0 ? '' : `${from} → ${to} ${[...ports].sort((a, b) => a - b).join(' ')}`
}

test.run()
