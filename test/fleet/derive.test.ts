import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { fleetView } from '../../engine/fleet/view.ts'
import { assemble, idOf, type Said } from './described.ts'

const test = suite('derived settings')

const ZERO_KEY = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA7aie8zrakLWKjqNAqbw1zZTIVdx3iQ6Y6wEihi1naKQ=='
const NODE_KEY = JSON.stringify({ priv_key: { type: 'tendermint/PrivKeyEd25519', value: ZERO_KEY } })

const base = { chain: 'kvstore', region: 'eu' }
const signer = { ...base, groups: ['cosigner'], signing_threshold: 2 }
const FLEET: { readonly [host: string]: Said } = {
  p1: { ...base, groups: ['public'], private_address: '10.0.1.1', public_address: '203.0.113.1', node_id: idOf(1) },
  p2: { ...base, groups: ['public'], public_address: '2001:db8::2', node_id: idOf(2) },
  s1: { ...base, groups: ['sentry'], private_address: '10.0.2.1', node_id: idOf(3) },
  s2: { ...base, groups: ['sentry'], private_address: 'fd00::2', node_id: idOf(4) },
  // The order of lines differs from the order of shards on purpose.
  c3: { ...signer, private_address: '10.0.3.3', shard_id: 3 },
  c1: { ...signer, private_address: '10.0.3.1', shard_id: 1 },
  c2: { ...signer, private_address: '10.0.3.2', shard_id: 2 },
  m1: { ...base, groups: ['monitoring'], private_address: '10.0.4.1' },
}

function viewOf(said: { readonly [host: string]: Said }, host: string) {
  const assembled = assemble(said)
  assert.equal(
    assembled.problems.map(({ message }) => message),
    [],
  )
  const place = assembled.places.get(host)
  if (!place) throw new Error(`${host} is in no fleet`)
  return fleetView(place.fleet, place.member)
}

test('a public node talks to all of its own and hides the sentries', () => {
  assert.equal(viewOf(FLEET, 'p1')['node'], {
    id: idOf(1),
    pex: true,
    addr_book_strict: true,
    external_address: '203.0.113.1:26656',
    persistent_peers: [`${idOf(2)}@[2001:db8::2]:26656`, `${idOf(3)}@10.0.2.1:26656`, `${idOf(4)}@[fd00::2]:26656`],
    private_peer_ids: [idOf(3), idOf(4)],
    unconditional_peer_ids: [idOf(2), idOf(3), idOf(4)],
    seeds: [],
    priv_validator_laddr: '',
  })
})

test('a sentry talks to its own alone, and listens for its signers', () => {
  assert.equal(viewOf(FLEET, 's1')['node'], {
    id: idOf(3),
    pex: false,
    addr_book_strict: false,
    external_address: '',
    persistent_peers: [`${idOf(1)}@10.0.1.1:26656`, `${idOf(2)}@[2001:db8::2]:26656`, `${idOf(4)}@[fd00::2]:26656`],
    private_peer_ids: [idOf(1), idOf(2), idOf(4)],
    unconditional_peer_ids: [idOf(1), idOf(2), idOf(4)],
    seeds: [],
    priv_validator_laddr: 'tcp://10.0.2.1:1234',
  })
})

test('a cosigner knows the shards of all and dials every sentry', () => {
  assert.equal(viewOf(FLEET, 'c3')['signer'], {
    shard_id: 3,
    threshold: 2,
    cosigners: [
      { shardID: 1, p2pAddr: 'tcp://10.0.3.1:2222' },
      { shardID: 2, p2pAddr: 'tcp://10.0.3.2:2222' },
      { shardID: 3, p2pAddr: 'tcp://10.0.3.3:2222' },
    ],
    chainNodes: [{ privValAddr: 'tcp://10.0.2.1:1234' }, { privValAddr: 'tcp://[fd00::2]:1234' }],
    debugAddr: '10.0.3.3:6001',
  })
})

test('the host with the whole key dials every sentry, which listens for it, and nobody else reaches it', () => {
  const { c1: _1, c2: _2, c3: _3, ...nodes } = FLEET
  const fleet = { ...nodes, k1: { groups: ['signer'], chain: 'kvstore', private_address: '10.0.5.1' } }
  const view = viewOf(fleet, 'k1')
  assert.equal(view['signer'], { chainNodes: [{ privValAddr: 'tcp://10.0.2.1:1234' }, { privValAddr: 'tcp://[fd00::2]:1234' }] })
  assert.is((viewOf(fleet, 's1')['node'] as { priv_validator_laddr: string }).priv_validator_laddr, 'tcp://10.0.2.1:1234')
  const flows = (view['flows'] as { from: string[]; to: string[]; ports: number[] }[]).filter(({ from, to }) =>
    [...from, ...to].includes('signer'),
  )
  assert.equal(
    flows.map(({ from, to, ports }) => [from, to, ports]),
    [[['signer'], ['sentry'], [1234]]],
  )
})

test('all cosigners have the same list, in whatever order they are written', () => {
  const turned = Object.fromEntries(Object.entries(FLEET).reverse())
  const [here, there] = [viewOf(FLEET, 'c1')['signer'], viewOf(turned, 'c2')['signer']]
  assert.equal((here as Said)['cosigners'], (there as Said)['cosigners'])
})

test('a host without a node or a shard has neither settings', () => {
  const view = viewOf(FLEET, 'm1')
  assert.equal(
    [view['tier'], view['node'], view['signer'], view['address'], view['region']],
    ['monitoring', undefined, undefined, '10.0.4.1', 'eu'],
  )
})

test('an id follows from a sealed key, from its text and from its map', () => {
  for (const key of [NODE_KEY, new Secret('node_key', NODE_KEY), JSON.parse(NODE_KEY) as Said]) {
    const { node_id: _, ...p1 } = FLEET['p1'] as Said & { readonly node_id: string }
    const view = viewOf({ ...FLEET, p1: { ...p1, groups: ['public'], node_key: key } }, 'p1')
    assert.is((view['node'] as Said)['id'], '139e3940e64b5491722088d9a0d741628fc826e0')
  }
})

test('a public node may be kept from gossiping, and advertise another address', () => {
  const p1 = { ...(FLEET['p1'] as Said), pex: false, external_address: 'node.example.org:26656' }
  const node = viewOf({ ...FLEET, p1 }, 'p1')['node'] as Said
  assert.equal([node['pex'], node['external_address']], [false, 'node.example.org:26656'])
})

test('the address book of a public node is strict, unless it is in a private network itself', () => {
  const only = { p1: FLEET['p2'] as Said, p2: { ...base, groups: ['public'], private_address: '10.0.0.2', node_id: idOf(9) } }
  assert.is((viewOf(only, 'p1')['node'] as Said)['addr_book_strict'], true)
  assert.is((viewOf(only, 'p2')['node'] as Said)['addr_book_strict'], false)
})

test.run()
