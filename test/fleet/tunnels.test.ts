import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { at, plain } from '../../engine/core/node.ts'
import { showOrigin } from '../../engine/core/origin.ts'
import { firewallFlows } from '../../engine/fleet/flows.ts'
import type { Fleet } from '../../engine/fleet/model.ts'
import { TIERS } from '../../engine/inventory/tiers.ts'
import { type Tunneller, talkingTiers, tunnellers, tunnelPeers } from '../../engine/fleet/tunnels.ts'
import { fleetView } from '../../engine/fleet/view.ts'
import { parseYaml } from '../../engine/source/yaml.ts'
import { assemble, idOf, type Said } from './described.ts'

const test = suite('tunnels')

const chain = 'kvstore'
const signer = { groups: ['cosigner'], chain, signing_threshold: 2 }
const FLEET: { readonly [host: string]: Said } = {
  p1: { groups: ['public'], chain, private_address: '10.0.1.1', tunnel_address: '203.0.113.1', node_id: idOf(1) },
  s1: { groups: ['sentry'], chain, private_address: '10.0.2.1', tunnel_address: '203.0.113.2', node_id: idOf(2) },
  c1: { ...signer, private_address: 'fd00::31', shard_id: 1, tunnel_address: '2001:db8::31' },
  c2: { ...signer, private_address: '10.0.3.2', shard_id: 2, tunnel_address: '203.0.113.32', tunnel_port: 51821 },
  c3: { ...signer, private_address: '10.0.3.3', shard_id: 3, tunnel_address: '203.0.113.33' },
  m1: { groups: ['monitoring'], chain, private_address: '10.0.4.1', tunnel_address: '203.0.113.41' },
  b1: { groups: ['bastion'], chain, private_address: '10.0.0.1', tunnel_address: '203.0.113.5' },
}

/** A public key as a test makes one up. */
function keyOf(number: number): string {
  return Buffer.alloc(32, number).toString('base64')
}

test('a host has a tunnel to those it talks to, and to nobody else', () => {
  assert.equal(peersOf(FLEET), {
    p1: ['s1', 'm1', 'b1'],
    s1: ['p1', 'c1', 'c2', 'c3', 'm1', 'b1'],
    c1: ['s1', 'c2', 'c3', 'm1', 'b1'],
    c2: ['s1', 'c1', 'c3', 'm1', 'b1'],
    c3: ['s1', 'c1', 'c2', 'm1', 'b1'],
    m1: ['p1', 's1', 'c1', 'c2', 'c3', 'b1'],
    b1: ['p1', 's1', 'c1', 'c2', 'c3', 'm1'],
  })
})

test('a host is told its own end, and of each peer the one address that may come from there', () => {
  const said = {
    ...FLEET,
    c1: { ...(FLEET['c1'] as Said), tunnel_public_key: keyOf(1) },
    s1: { ...(FLEET['s1'] as Said), tunnel_public_key: keyOf(2) },
  }
  const tunnels = viewOf(said, 'c1')['tunnels'] as Said
  assert.equal(
    { ...tunnels, peers: (tunnels['peers'] as readonly unknown[]).slice(0, 2) },
    {
      address: 'fd00::31/128',
      listen_port: 51820,
      public_key: keyOf(1),
      behind_nat: false,
      peers: [
        { name: 's1', public_key: keyOf(2), allowed_ips: ['10.0.2.1/32'], endpoint: '203.0.113.2:51820' },
        { name: 'c2', public_key: '', allowed_ips: ['10.0.3.2/32'], endpoint: '203.0.113.32:51821' },
      ],
      ends: ['203.0.113.2', '203.0.113.32', '203.0.113.33', '203.0.113.41', '203.0.113.5'],
      addresses: ['10.0.1.1', '10.0.2.1', 'fd00::31', '10.0.3.2', '10.0.3.3', '10.0.4.1', '10.0.0.1'],
    },
  )
  const [, toSigner] = (viewOf(said, 's1')['tunnels'] as Said)['peers'] as readonly Said[]
  assert.equal([toSigner?.['allowed_ips'], toSigner?.['endpoint']], [['fd00::31/128'], '[2001:db8::31]:51820'])
})

test('a host behind a NAT dials, keeps its tunnels open, and is dialled by nobody', () => {
  const said = { ...FLEET, c3: { ...(FLEET['c3'] as Said), tunnel_behind_nat: true } }
  const from = (viewOf(said, 'c3')['tunnels'] as Said)['peers'] as readonly Said[]
  assert.ok(from.every(({ keepalive, endpoint }) => keepalive === 25 && endpoint !== undefined))
  const back = ((viewOf(said, 's1')['tunnels'] as Said)['peers'] as readonly Said[]).find(({ name }) => name === 'c3') as Said
  assert.equal([back['endpoint'], back['keepalive']], [undefined, undefined])
})

test('a host may ask for tunnels that no flow names; both ends then have them', () => {
  const said = {
    ...FLEET,
    x1: { groups: ['backup'], chain, private_address: '10.0.5.1', tunnel_address: '203.0.113.51', tunnel_peers: ['sentry', 'p1'] },
  }
  const peers = peersOf(said)
  assert.equal([peers['x1'], peers['p1'], peers['c1']?.includes('x1')], [['p1', 's1'], ['s1', 'm1', 'b1', 'x1'], false])
})

test('a fleet without ends of tunnels has none, and nothing to complain of', () => {
  const said = Object.fromEntries(Object.entries(FLEET).map(([host, { tunnel_address: _, ...rest }]) => [host, rest as Said]))
  assert.equal([shown(said), viewOf(said, 'c1')['tunnels']], [[], undefined])
})

/** What is changed, and each problem as `code line:column`: a line for each host, a column for each variable. */
const CASES: readonly (readonly [
  title: string,
  changes: { readonly [host: string]: { readonly [variable: string]: unknown } },
  found: readonly string[],
])[] = [
  ['nothing is wrong', {}, []],
  ['one host has no end', { s1: { tunnel_address: null } }, ['fleet-tunnel 2:1']],
  ['two ends are in one place', { c3: { tunnel_address: '203.0.113.2' } }, ['fleet-duplicate 5:50']],
  ['two ends share an address, not a port', { c2: { tunnel_address: '203.0.113.2' } }, []],
  ['two hosts behind one NAT share an address', { c3: { tunnel_address: '203.0.113.2', tunnel_behind_nat: true } }, []],
  ['two that talk are behind NATs', { c1: { tunnel_behind_nat: true }, c3: { tunnel_behind_nat: true } }, ['fleet-tunnel 5:50']],
  ['two behind NATs never talk', { p1: { tunnel_behind_nat: true }, c3: { tunnel_behind_nat: true } }, []],
  ['an end is inside', { s1: { tunnel_address: '10.0.2.1' } }, ['fleet-tunnel 2:30']],
  ['an end is inside another host', { s1: { tunnel_address: 'fd00::0031' } }, ['fleet-tunnel 2:30']],
  ['an end is a name', { s1: { tunnel_address: 'sentry.example.org' } }, ['fleet-value 2:30', 'fleet-tunnel 2:1']],
  ['an address inside is a name', { m1: { private_address: 'mon.internal' } }, ['fleet-tunnel 6:20']],
  ['two hosts have one address inside', { c3: { private_address: '10.0.3.2' } }, ['fleet-duplicate 5:30']],
  ['two hosts have one key', { p1: { tunnel_public_key: keyOf(7) }, m1: { tunnel_public_key: keyOf(7) } }, ['fleet-duplicate 6:40']],
  ['a key is too short', { p1: { tunnel_public_key: 'c2hvcnQ=' } }, ['fleet-value 1:50']],
  ['a key is no key', { p1: { tunnel_public_key: keyOf(0) } }, ['fleet-value 1:50']],
  ['a port is none', { p1: { tunnel_port: 70000 } }, ['fleet-value 1:50']],
  ['a peer is not known', { p1: { tunnel_peers: ['c9'] } }, ['fleet-tunnel 1:50']],
  ['peers are no list', { p1: { tunnel_peers: 'sentry' } }, ['fleet-value 1:50']],
]

for (const [title, changes, found] of CASES) {
  test(`${title}: ${found.length === 0 ? 'fine' : found.join(', ')}`, () => {
    const said = Object.fromEntries(Object.entries(FLEET).map(([host, vars]) => [host, { ...vars, ...changes[host] } as Said]))
    assert.equal(shown(said), [...found].sort())
    for (const { help, origin } of assemble(said).problems) assert.ok(help && origin)
  })
}

test('two chains do not share an end or a key', () => {
  const other = Object.entries(FLEET).map(([host, vars], i) => [
    `${host}b`,
    {
      ...vars,
      chain: 'simd',
      private_address: `10.1.0.${i}`,
      node_id: idOf(50 + i),
      tunnel_address: i === 0 ? '203.0.113.1' : `198.51.100.${i}`,
    },
  ])
  assert.equal(shown({ ...FLEET, ...(Object.fromEntries(other) as { [host: string]: Said }) }), ['fleet-duplicate 8:30'])
})

test('tunnels join exactly the zones between which the firewall lets something flow', async () => {
  const file = fileURLToPath(new URL('../../../roles/firewall/defaults/main.yml', import.meta.url))
  const matrix = plain(at(parseYaml(await readFile(file, 'utf8'), file), 'firewall_flows') as never) as unknown as readonly Flow[]
  const fleet = fleetOf(FLEET)
  const zones = [...matrix, ...firewallFlows(fleet)].flatMap(({ from, to }) =>
    from.flatMap((a) => to.flatMap((b) => [`${a} ${b}`, `${b} ${a}`])),
  )
  const inside = (pairs: Iterable<string>) => [...new Set(pairs)].filter((pair) => !pair.includes('internet')).sort()
  assert.equal(inside(talkingTiers(fleet)), inside(zones))
})

test('in random fleets whoever has a tunnel is had back, and no address leads to two peers', () => {
  const shape = fc.array(fc.tuple(fc.constantFrom(...TIERS), fc.boolean()), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(shape, (hosts) => {
      const fleet = { ...fleetOf(FLEET), members: hosts.map(([tier, isThere], i) => member(tier, i, isThere)) } as Fleet
      const inside = tunnellers(fleet)
      for (const one of inside) {
        const peers = tunnelPeers(fleet, one)
        assert.not(peers.includes(one))
        assert.is(new Set(peers.map(({ privateAddress }) => privateAddress.value)).size, peers.length)
        for (const other of inside) assert.is(peers.includes(other), tunnelPeers(fleet, other).includes(one))
        const strangers = peers.filter(({ tier }) => [one.tier, tier].sort().join() === 'cosigner,public')
        assert.equal(strangers, [], 'a cosigner has a tunnel to a public node')
      }
    }),
    { numRuns: 100 },
  )
})

test.run()

interface Flow {
  readonly from: readonly string[]
  readonly to: readonly string[]
}

function member(tier: string, i: number, isThere: boolean) {
  const origin = { file: 'x', line: i, column: 1 }
  const placed = <T>(value: T) => ({ value, origin })
  const end = { address: placed(`203.0.113.${i}`), port: 1, isBehindNat: false }
  return {
    name: `h${i}`,
    origin,
    tier,
    chain: placed(chain),
    privateAddress: placed(`10.0.0.${i}`),
    ...(isThere && { tunnel: end }),
  } as unknown as Tunneller
}

function fleetOf(said: { readonly [host: string]: Said }): Fleet {
  const { fleets, problems } = assemble(said)
  assert.equal(
    problems.map(({ message }) => message),
    [],
  )
  return fleets[0] as Fleet
}

function peersOf(said: { readonly [host: string]: Said }): { readonly [host: string]: readonly string[] } {
  const fleet = fleetOf(said)
  return Object.fromEntries(tunnellers(fleet).map((one) => [one.name, tunnelPeers(fleet, one).map(({ name }) => name)]))
}

function viewOf(said: { readonly [host: string]: Said }, host: string) {
  const fleet = fleetOf(said)
  const found = fleet.members.find(({ name }) => name === host)
  if (!found) throw new Error(`${host} is in no fleet`)
  return fleetView(fleet, found)
}

function shown(said: { readonly [host: string]: Said }): readonly string[] {
  const { problems } = assemble(said)
  return problems.map(({ code, origin }) => `${code} ${origin ? showOrigin(origin).replace('hosts.yml:', '') : '-'}`).sort()
}
