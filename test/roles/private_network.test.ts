import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { until } from '../faults/applied.ts'
import { type Fleet, type FleetRequest, withFleet } from '../support/fleet.ts'
import { labSuite, type TestHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { reaches, withTunnelHosts } from '../support/wireguard.ts'

const test = labSuite('role private_network')

limit(400)

test('hosts of a fleet talk through tunnels only, and a second run changes nothing', () =>
  withMesh(async ([sentry, one, two, three], fleet) => {
    const foretold = await fleet.apply('--check')
    assert.is(foretold.code, 0, foretold.err)
    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
    const again = await fleet.apply()
    assert.is(again.code, 0, again.err)
    assert.equal(again.results, [], 'a second run changed something')
    assert.equal(
      await Promise.all([
        reaches(sentry, inside(one)),
        reaches(one, inside(two)),
        reaches(two, inside(three)),
        reaches(three, inside(sentry)),
      ]),
      [true, true, true, true],
    )
    const alone = await fleet.apply('--limit', 'cosigner-1')
    assert.equal([alone.code, alone.results], [0, []], 'it does not know the keys of hosts that are not in the run')

    // Without its tunnels a host tells nobody in the clear, and is not taken for another.
    await one.read('systemctl stop wg-quick@wg0')
    assert.not(await reaches(one, inside(sentry)))
    assert.match(await one.read('nft list chain inet holdfast_tunnels output'), /counter packets [1-9]/)
    await one.read(`ip addr add ${inside(one)}/32 dev eth0`)
    await one.run(`ping -n -c 2 -W 1 -I ${inside(one)} ${two.address}`)
    assert.match(await two.read('nft list chain inet holdfast_tunnels input'), /ip saddr @inside_4 counter packets [1-9]/)
    await one.read(`ip addr del ${inside(one)}/32 dev eth0`)

    const before = await one.digest(['/etc'])
    const looked = await fleet.apply('--check')
    assert.is(await one.digest(['/etc']), before, 'check mode changed the host')
    const mended = await fleet.apply()
    const repaired = [['cosigner-1', 'private_network : who has a tunnel to whom']]
    assert.equal([named(looked.results), named(mended.results)], [repaired, repaired])
    assert.ok(await reaches(one, inside(sentry)))

    const renewed = await fleet.apply('-e', '{"private_network_new_keys": ["cosigner-2"]}')
    assert.is(renewed.code, 0, renewed.err)
    assert.equal(await Promise.all([reaches(one, inside(two)), reaches(sentry, inside(two)), reaches(one, inside(three))]), [
      true,
      true,
      true,
    ])
    assert.equal((await fleet.apply()).results, [])

    await two.read('wg genkey >/etc/wireguard/wg0.key')
    const strange = await fleet.apply()
    assert.is(strange.code, 1)
    assert.match(strange.results.find(({ host }) => host === 'cosigner-2')?.message ?? '', 'is not the one that the others know')
  }))

test('a host that is gone from the inventory is gone from the tunnels of the others', () =>
  withMesh(async ([sentry, one, two, three], fleet, request) => {
    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
    assert.ok(await reaches(three, inside(sentry)))
    const smallerRequest = {
      ...request,
      groups: { sentry: [sentry], cosigner: [one, two, request.groups['cosigner']?.[3] as TestHost] },
      vars: { ...request.vars, signing_threshold: 2 },
      hostVars: { ...request.hostVars, 'cosigner-3': request.hostVars?.['cosigner-4'] ?? {} },
    }
    await withFleet(smallerRequest, async (smaller) => {
      const { code, err } = await smaller.apply()
      assert.is(code, 0, err)
      assert.equal(await Promise.all([reaches(three, inside(sentry)), reaches(three, inside(one)), reaches(one, inside(sentry))]), [
        false,
        false,
        true,
      ])
      assert.equal((await smaller.apply()).results, [])
    })
  }, 4))

test('a change that cuts the way of the controller is taken back by the host', () =>
  withMesh(async ([sentry, one, two, three], fleet) => {
    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-tunnel-'))
    try {
      const knownHosts = join(folder, 'known_hosts')
      const known = await readFile(one.knownHostsFile, 'utf8')
      const insideToo = [sentry, one, two, three].reduce((text, host) => text.replaceAll(host.address, inside(host)), known)
      await writeFile(knownHosts, known + insideToo)
      const jump = `ssh -i ${sentry.keyFile} -o UserKnownHostsFile=${knownHosts} -W %h:%p ${sentry.user}@${sentry.address}`
      const ansible_ssh_common_args = `-o UserKnownHostsFile=${knownHosts} -o 'ProxyCommand=${jump}'`
      const through = ['--limit', 'cosigner-1', '-e', JSON.stringify({ ansible_host: '{{ private_address }}', ansible_ssh_common_args })]
      const same = await fleet.apply(...through)
      assert.equal([same.code, same.results], [0, []], same.err)
      const before = await one.read(TUNNELS)
      const cut = await fleet.apply(...through, '-e', '{"private_network_peers": [], "private_network_revert_after": 4}')
      assert.is(cut.code, 1)
      assert.match(cut.results[0]?.message ?? '', /no new connection was possible|the host has taken the change back/, cut.err)
      await until(async () => (await one.read(TUNNELS)) === before, 'the host to take it back', 30_000)
      const after = await fleet.apply(...through)
      assert.equal([after.code, after.results], [0, []], after.err)
    } finally {
      await rm(folder, { recursive: true })
    }
  }))

/** Sorted, because the program lists its peers in no order. */
const TUNNELS = 'wg showconf wg0 | sort; cat /etc/wireguard/wg0.conf'

test.run()

type Mesh = readonly [TestHost, TestHost, TestHost, TestHost, ...TestHost[]]

/** A sentry and cosigners, with addresses inside tunnels besides those of the lab. */
async function withMesh(body: (hosts: Mesh, fleet: Fleet, request: FleetRequest) => Promise<void>, cosigners = 3): Promise<void> {
  await withTunnelHosts(cosigners + 1, async (hosts) => {
    const [sentry, ...others] = hosts as unknown as Mesh
    const request: FleetRequest = {
      groups: { sentry: [sentry], cosigner: others },
      roles: ['private_network'],
      vars: {
        chain: 'kvstore',
        signing_threshold: Math.floor(cosigners / 2) + 1,
        shard_id: '{{ int (regex_replace inventory_hostname "^.*-" "") }}',
      },
      hostVars: Object.fromEntries(
        [sentry, ...others].map((host, i) => [
          i === 0 ? 'sentry-1' : `cosigner-${i}`,
          { private_address: inside(host), tunnel_address: host.address },
        ]),
      ),
    }
    await Promise.all(
      hosts.map((host) => host.run('systemctl stop wg-quick@wg0; rm -f /etc/wireguard/wg0.*; nft delete table inet holdfast_tunnels')),
    )
    await withFleet(request, (fleet) => body([sentry, ...others] as unknown as Mesh, fleet, request))
  })
}

function inside({ address }: TestHost): string {
  return address.replace(/^\d+\.\d+\.\d+/, '10.42.9')
}

function named(results: readonly { readonly host: string; readonly task: string }[]): readonly (readonly string[])[] {
  return results.map(({ host, task }) => [host, task])
}
