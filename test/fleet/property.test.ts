import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Fleet, ofTier } from '../../engine/fleet/model.ts'
import { type NodeSettings, nodeSettings } from '../../engine/fleet/peers.ts'
import { signerSettings } from '../../engine/fleet/signer.ts'
import { assemble, idOf, type Said } from './described.ts'

const test = suite('random fleets')

const RUNS = 100

/** How many hosts of each kind, which public nodes have which addresses, and the order of the lines. */
const SHAPES = fc
  .record({
    publics: fc.array(fc.constantFrom('both', 'private', 'public'), { minLength: 1, maxLength: 5 }),
    sentries: fc.integer({ min: 1, max: 5 }),
    cosigners: fc.integer({ min: 3, max: 9 }),
    slack: fc.nat(),
    version: fc.constantFrom(4, 6),
  })
  .chain((shape) => {
    const said = hostsOf(shape)
    return fc.shuffledSubarray(said, { minLength: said.length }).map((lines) => ({ shape, said: Object.fromEntries(lines) }))
  })

interface Shape {
  readonly publics: readonly string[]
  readonly sentries: number
  readonly cosigners: number
  readonly slack: number
  readonly version: number
}

function hostsOf({ publics, sentries, cosigners, slack, version }: Shape): [string, Said][] {
  const inside = (net: number, i: number) => (version === 4 ? `10.0.${net}.${i}` : `fd00::${net}:${i}`)
  const least = Math.floor(cosigners / 2) + 1
  const threshold = least + (slack % (cosigners - least))
  const chain = 'kvstore'
  return [
    ...publics.map((addresses, i): [string, Said] => [
      `p${i}`,
      {
        groups: ['public'],
        chain,
        node_id: idOf(100 + i),
        ...(addresses !== 'public' && { private_address: inside(1, i + 1) }),
        ...(addresses !== 'private' && { public_address: `203.0.113.${i + 1}` }),
      },
    ]),
    ...numbers(sentries).map((i): [string, Said] => [
      `s${i}`,
      { groups: ['sentry'], chain, node_id: idOf(200 + i), private_address: inside(2, i + 1) },
    ]),
    ...numbers(cosigners).map((i): [string, Said] => [
      `c${i}`,
      { groups: ['cosigner'], chain, private_address: inside(3, i + 1), shard_id: i + 1, signing_threshold: threshold },
    ]),
  ]
}

test('a peer that is listed lists back, at the address that fits', () => {
  every((fleet) => {
    const nodes = settingsOf(fleet)
    for (const [name, { settings }] of nodes)
      for (const [other, { settings: theirs }] of nodes)
        assert.is(idsIn(settings.persistent_peers).includes(theirs.id), name !== other, `${name} and ${other}`)
  })
})

test('no public node gossips a sentry, and caps push none of the own out', () => {
  every((fleet) => {
    const sentries = ofTier(fleet, 'sentry').map(({ nodeId }) => nodeId?.value ?? '')
    for (const { tier, settings } of settingsOf(fleet).values()) {
      if (tier === 'public') assert.ok(sentries.every((id) => settings.private_peer_ids.includes(id)))
      assert.is(settings.pex, tier === 'public')
      assert.equal(settings.unconditional_peer_ids, idsIn(settings.persistent_peers))
      if (tier === 'sentry') assert.equal([settings.external_address, settings.private_peer_ids], ['', idsIn(settings.persistent_peers)])
    }
  })
})

test('no address of a sentry or cosigner stands in what a node advertises', () => {
  every((fleet) => {
    const hidden = [...ofTier(fleet, 'sentry'), ...ofTier(fleet, 'cosigner')].map(({ privateAddress }) => privateAddress?.value ?? 'none')
    for (const { settings } of settingsOf(fleet).values()) assert.not(hidden.some((address) => settings.external_address.includes(address)))
  })
})

test('cosigners agree on their shards, one for each, and dial every sentry where it listens', () => {
  every((fleet) => {
    const all = ofTier(fleet, 'cosigner').map((member) => signerSettings(fleet, member))
    const listeners = ofTier(fleet, 'sentry').map((sentry) => nodeSettings(fleet, sentry).priv_validator_laddr)
    for (const { cosigners, chainNodes, threshold } of all) {
      assert.equal(cosigners, all[0]?.cosigners)
      assert.equal(
        cosigners.map(({ shardID }) => shardID),
        numbers(all.length).map((i) => i + 1),
      )
      assert.is(new Set(cosigners.map(({ p2pAddr }) => p2pAddr)).size, all.length)
      assert.equal(
        chainNodes.map(({ privValAddr }) => privValAddr),
        listeners,
      )
      assert.ok(threshold * 2 > all.length && threshold < all.length)
    }
  })
})

test('the order of the lines changes nothing of what a host is', () => {
  fc.assert(
    fc.property(SHAPES, ({ shape, said }) => {
      const [sorted, shuffled] = [fleetOf(Object.fromEntries(hostsOf(shape))), fleetOf(said)]
      const shards = (fleet: Fleet) => ofTier(fleet, 'cosigner').map((member) => `${member.name} ${signerSettings(fleet, member).shard_id}`)
      assert.equal([...shards(shuffled)].sort(), [...shards(sorted)].sort())
      const [one, other] = [settingsOf(sorted), settingsOf(shuffled)]
      for (const [name, { settings }] of one)
        assert.equal([...(other.get(name)?.settings.persistent_peers ?? [])].sort(), [...settings.persistent_peers].sort())
    }),
    { numRuns: RUNS },
  )
})

test.run()

function every(check: (fleet: Fleet) => void): void {
  fc.assert(
    fc.property(SHAPES, ({ said }) => check(fleetOf(said))),
    { numRuns: RUNS },
  )
}

function fleetOf(said: { readonly [host: string]: Said }): Fleet {
  const { fleets, problems } = assemble(said)
  assert.equal(problems, [])
  return fleets[0] as Fleet
}

function settingsOf(fleet: Fleet): ReadonlyMap<string, { readonly tier: string; readonly settings: NodeSettings }> {
  const nodes = [...ofTier(fleet, 'public'), ...ofTier(fleet, 'sentry')]
  return new Map(nodes.map((node) => [node.name, { tier: node.tier ?? '', settings: nodeSettings(fleet, node) }]))
}

function idsIn(peers: readonly string[]): readonly string[] {
  return peers.map((peer) => peer.split('@')[0] ?? '')
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i)
}
