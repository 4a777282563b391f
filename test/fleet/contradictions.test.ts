import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Diagnostic } from '../../engine/core/diagnostic.ts'
import { type Origin, showOrigin } from '../../engine/core/origin.ts'
import { assembleFleets, describesFleet } from '../../engine/fleet/assemble.ts'
import { wrongThreshold } from '../../engine/fleet/check_signers.ts'
import type { FleetHost } from '../../engine/fleet/model.ts'
import { profileFinder } from '../../engine/fleet/profile.ts'
import { assemble, CHAINS, describe, idOf, type Said } from './described.ts'

const test = suite('contradictions')

const signer = { groups: ['cosigner'], chain: 'kvstore' }
const SOUND: { readonly [host: string]: Said } = {
  p1: { groups: ['public'], chain: 'kvstore', private_address: '10.0.1.1', public_address: '203.0.113.1', node_id: idOf(1) },
  s1: { groups: ['sentry'], chain: 'kvstore', private_address: '10.0.2.1', node_id: idOf(2) },
  c1: { ...signer, private_address: '10.0.3.1', shard_id: 1, signing_threshold: 2 },
  c2: { ...signer, private_address: '10.0.3.2', shard_id: 2, signing_threshold: 2 },
  c3: { ...signer, private_address: '10.0.3.3', shard_id: 3, signing_threshold: 2 },
}

/** What is changed, and each problem as `code line:column`: a line for each host, a column for each variable. */
const CASES: readonly (readonly [
  title: string,
  changes: { readonly [host: string]: { readonly [variable: string]: unknown } },
  found: readonly string[],
])[] = [
  ['nothing is wrong', {}, []],
  ['two hosts have one address', { c2: { private_address: '10.0.2.1' } }, ['fleet-duplicate 4:20']],
  [
    'two spellings are one address',
    { s1: { private_address: 'fd00::1' }, c2: { private_address: 'fd00:0::0001' } },
    ['fleet-duplicate 4:20'],
  ],
  [
    'an address is written once as IPv4 and once within IPv6',
    { s1: { private_address: '10.0.2.1' }, c2: { private_address: '::ffff:10.0.2.1' } },
    ['fleet-duplicate 4:20'],
  ],
  ['two hosts are reached in one place', { c2: { ansible_host: 'c1' } }, ['fleet-duplicate 4:50']],
  ['two hosts are reached on two ports of one address', { c1: way(2201), c2: way(2202) }, []],
  ['two hosts are reached on one port of one address', { c1: way(2201), c2: way(2201) }, ['fleet-duplicate 4:50']],
  ['hosts of a trial are all this machine', each('ansible_connection', 'local'), []],
  ['two nodes have one id', { s1: { node_id: idOf(1) } }, ['fleet-duplicate 2:30']],
  ['a node has no id', { s1: { node_id: null } }, ['fleet-node-id 2:1']],
  ['an id is in capitals', { s1: { node_id: 'AB'.repeat(20) } }, ['fleet-value 2:30']],
  ['an id is no id of the key', { s1: { node_key: 'nonsense' } }, ['fleet-node-id 2:40']],
  ['two cosigners have one shard', { c2: { shard_id: 1 } }, ['fleet-shards 4:30']],
  ['the shards have a gap', { c3: { shard_id: 4 } }, ['fleet-shards 5:30']],
  ['a cosigner has no shard', { c3: { shard_id: null } }, ['fleet-shards 5:1']],
  ['a shard is counted from zero', { c1: { shard_id: 0 } }, ['fleet-value 3:30']],
  ['no majority is asked for', each('signing_threshold', 1), ['fleet-threshold 3:40']],
  ['no loss is tolerated', each('signing_threshold', 3), ['fleet-threshold 3:40']],
  ['more must agree than there are', each('signing_threshold', 4), ['fleet-threshold 3:40']],
  ['thresholds differ', { c2: { signing_threshold: 3 } }, ['fleet-threshold 4:40']],
  ['a threshold is missing', { c2: { signing_threshold: null } }, ['fleet-threshold 4:1']],
  ['a sentry has a public address', { s1: { public_address: '203.0.113.9' } }, ['fleet-exposed 2:40']],
  ['a sentry has a public name', { s1: { public_address: 'sentry.example.org' } }, ['fleet-exposed 2:40']],
  ['a sentry has an address of the lab twice', { s1: { public_address: '10.0.2.1' } }, []],
  ['a sentry has pex on', { s1: { pex: true } }, ['fleet-exposed 2:40']],
  ['a sentry says that pex is off', { s1: { pex: false } }, []],
  ['a sentry advertises itself', { s1: { external_address: '10.0.2.1:26656' } }, ['fleet-exposed 2:40']],
  ['a sentry is inside in name only', { s1: { private_address: '203.0.113.9' } }, ['fleet-exposed 2:20']],
  ['a sentry has no private address', { s1: { private_address: null } }, ['fleet-address 2:1']],
  ['a cosigner has an internet address', { c1: { public_address: '203.0.113.9' } }, ['fleet-exposed 3:50']],
  ['a public node has no address', { p1: { private_address: null, public_address: null } }, ['fleet-address 1:1']],
  ['a host is in two tiers', { s1: { groups: ['sentry', 'public'] } }, ['fleet-tiers 2:1', 'fleet-no-sentry 3:1']],
  ['a chain is not known', { s1: { chain: 'kvstor' } }, ['fleet-chain 2:10', 'fleet-no-sentry 3:1']],
  ['a chain is no name', { s1: { chain: '../x' } }, ['fleet-value 2:10', 'fleet-no-sentry 3:1']],
  ['an address of a sentry has a network', { s1: { private_address: '10.0.2.1/24' } }, ['fleet-value 2:20']],
  ['a threshold is text', { c2: { signing_threshold: '2' } }, ['fleet-value 4:40']],
  ['a cosigner has no chain', { c3: { chain: null } }, ['fleet-chain 5:10', 'fleet-threshold 3:40']],
  ['a sentry has an empty chain', { s1: { chain: '' } }, ['fleet-chain 2:10', 'fleet-no-sentry 3:1']],
  ['an address has a port', { p1: { private_address: '10.0.1.1:26656' } }, ['fleet-value 1:20']],
  ['an address would add a peer', { p1: { private_address: '10.0.1.1,x@evil' } }, ['fleet-value 1:20']],
  ['`fleet` is taken', { p1: { fleet: 'mainnet' } }, ['fleet-name 1:50']],
]

const whole = (address: string): Said => ({ groups: ['signer'], chain: 'kvstore', private_address: address })

test('one host may hold the whole key; a second one, or one besides cosigners, may not', () => {
  const { p1, s1, ...cosigners } = SOUND as { readonly p1: Said; readonly s1: Said }
  const alone = { p1, s1, k1: whole('10.0.4.1') }
  assert.equal(shown(assemble(alone).problems), [])
  const { problems } = assemble({ ...alone, k2: whole('10.0.4.2') })
  assert.equal(shown(problems), ['fleet-signers 4:1'])
  assert.match(problems[0]?.message ?? '', '`kvstore` would be signed for by `k2` besides `k1`')
  assert.equal(shown(assemble({ ...alone, ...cosigners }).problems), ['fleet-signers 3:1'])
  assert.equal(shown(assemble({ p1, k1: whole('10.0.4.1') }).problems), ['fleet-no-sentry 2:1'])
  assert.equal(shown(assemble({ ...alone, k1: { ...whole('10.0.4.1'), groups: ['signer', 'sentry'] } }).problems), [
    'fleet-node-id 3:1',
    'fleet-tiers 3:1',
  ])
  assert.equal(shown(assemble({ ...alone, k1: whole('203.0.113.9') }).problems), ['fleet-exposed 3:20'])
})

function each(variable: string, value: number | string) {
  return { c1: { [variable]: value }, c2: { [variable]: value }, c3: { [variable]: value } }
}

for (const [title, changes, found] of CASES) {
  test(`${title}: ${found.length === 0 ? 'fine' : found.join(', ')}`, () => {
    const said = Object.fromEntries(Object.entries(SOUND).map(([host, vars]) => [host, { ...vars, ...changes[host] } as Said]))
    assert.equal(shown(assemble(said).problems), [...found].sort())
  })
}

test('each problem says what to do, and shows a place', () => {
  const said = { ...SOUND, x: { groups: ['sentry'], chain: 'nochain' }, y: { ...(SOUND['p1'] as Said) } }
  for (const problem of assemble(said).problems) assert.ok(problem.help && problem.origin, problem.message)
})

test('a node without an id is told the command that makes its key', () => {
  const { problems } = assemble({ ...SOUND, s1: { ...SOUND['s1'], node_id: null } as Said })
  assert.match(problems[0]?.help ?? '', '`holdfast keys node`')
})

test('sentries without a public node are worth a warning only', () => {
  const { p1: _, ...inside } = SOUND
  const { problems, warnings } = assemble(inside)
  assert.equal([shown(problems), shown(warnings)], [[], ['fleet-no-public 1:1']])
})

test('two chains do not sign on one listener', () => {
  const other = Object.entries(SOUND).map(([host, vars], i) => {
    const own = { ...vars, chain: 'simd', private_address: `10.1.0.${i}`, public_address: null, node_id: idOf(50 + i) }
    return [`${host}b`, host === 's1' ? { ...own, private_address: '10.0.2.1' } : own] as const
  })
  const { problems } = assemble({ ...SOUND, ...(Object.fromEntries(other) as { [host: string]: Said }) })
  assert.equal(shown(problems), ['fleet-two 7:20'])
  assert.match(problems[0]?.message ?? '', '`kvstore` and `simd` would sign on one listener, 10.0.2.1:1234')
})

test('a host that serves a chain says which', () => {
  for (const group of ['public', 'sentry', 'cosigner', 'signer'])
    assert.equal(shown(assemble({ ...SOUND, x: { groups: [group] } }).problems), ['fleet-chain 6:1'], group)
  assert.equal(shown(assemble({ ...SOUND, x: { groups: ['monitoring'] } }).problems), [])
})

test('one chain is not two fleets, each with guards of its own', () => {
  const profileOf = profileFinder([CHAINS])
  const renamed = Object.entries(SOUND).map(([host, vars], i) => {
    const own = { chain: 'kvstore-too', private_address: `10.1.0.${i}`, public_address: null, node_id: idOf(50 + i) }
    return [`${host}b`, { ...vars, ...own } as Said] as const
  })
  const hosts = describe({ ...SOUND, ...Object.fromEntries(renamed) })
  const { problems } = assembleFleets({ hosts, profileOf: (name, from) => profileOf(name.replace('-too', ''), from) })
  assert.equal(shown(problems), ['fleet-two 6:10'])
  assert.match(problems[0]?.message ?? '', '`kvstore` and `kvstore-too` are one chain, `kvstore-1`')
})

test('what a group says wrong is said once', () => {
  const origin = { file: 'group_vars/cosigner.yml', line: 1, column: 8 }
  const hosts = describe(SOUND).map((host) => (host.groups.includes('cosigner') ? { ...host, read: shared(host, origin) } : host))
  assert.equal(shown(assembleFleets({ hosts, profileOf: profileFinder([CHAINS]) }).problems), ['fleet-value group_vars/cosigner.yml:1:8'])
})

test('a variable that is only called `chain` describes no fleet', () => {
  assert.ok(describesFleet(describe(SOUND)))
  assert.not(describesFleet(describe({ web: { groups: ['web'], chain: 'whatever' } })))
  assert.not(describesFleet(describe({ web: { groups: ['public'] } })))
})

test('a threshold is more than half and fewer than all', () => {
  const right = [3, 4, 5, 6, 7].map((n) => Array.from({ length: n + 1 }, (_, t) => t + 1).filter((t) => wrongThreshold(t, n) === undefined))
  assert.equal(right, [[2], [3], [3, 4], [4, 5], [4, 5, 6]])
  assert.ok([1, 2].every((n) => [1, 2, 3].every((t) => wrongThreshold(t, n) !== undefined)))
})

test.run()

function shared({ read }: FleetHost, origin: Origin): FleetHost['read'] {
  return (variable) => (variable === 'region' ? { value: 7, origin } : read(variable))
}

function shown(problems: readonly Diagnostic[]): readonly string[] {
  return problems.map(({ code, origin }) => `${code} ${origin ? showOrigin(origin).replace('hosts.yml:', '') : '-'}`).sort()
}

function way(port: number) {
  return { ansible_host: '192.0.2.1', ansible_port: port }
}
