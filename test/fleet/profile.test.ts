import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import type { Json } from '../../engine/core/json.ts'
import { profileFinder, readProfile } from '../../engine/fleet/profile.ts'
import { CHAINS } from './described.ts'

const test = suite('chain profiles')

const HERE = { file: 'hosts.yml', line: 3, column: 12 }
const SUM = 'ab'.repeat(32)

test('each profile of the package keeps its schema', async () => {
  const names = await readdir(CHAINS)
  assert.equal([...names].sort(), ['gaia.json', 'kvstore.json', 'omniphi.json', 'osmosis.json', 'simd.json'])
  for (const name of names) assert.type(readProfile(join(CHAINS, name)).data['chain_id'], 'string')
})

test('a profile of the project wins over that of the package', async () => {
  await withProfile({}, async (folder) => {
    const find = profileFinder([folder, CHAINS])
    assert.is(find('kvstore', HERE).file, join(folder, 'kvstore.json'))
    assert.is(find('simd', HERE).file, join(CHAINS, 'simd.json'))
  })
})

test('a chain without a profile is refused where it is named, with those there are', () => {
  const problem = problemsOf(() => profileFinder(['nowhere', CHAINS])('osmossis', HERE))[0]
  assert.equal([problem?.code, problem?.origin], ['fleet-chain', HERE])
  assert.match(problem?.help ?? '', 'did you mean `osmosis`?')
})

test('ports are the usual ones unless the profile says otherwise', async () => {
  await withProfile({ ports: { p2p: 14956 } }, async (folder) => {
    const { ports } = readProfile(join(folder, 'kvstore.json'))
    assert.equal([ports.p2p, ports.rpc, ports.privval, ports.cosigner], [14956, 26657, 1234, 2222])
  })
})

const release = (binaries: Json) => ({ releases: [{ name: 'v1', binaries }] })

const GO = { name: 'v1', go: { package: 'example.org/x', version: 'v1' } }

for (const [title, ours, expected] of [
  ['a fetched program with its sum is fine', release({ 'linux/amd64': { url: 'https://example.org/x', sha256: SUM } }), undefined],
  ['a fetched program needs its sum', release({ 'linux/amd64': { url: 'https://example.org/x' } }), 'sha256'],
  ['a sum has 64 digits', release({ 'linux/amd64': { url: 'https://example.org/x', sha256: 'abc' } }), 'SHA-256'],
  ['a program is fetched over https', release({ 'linux/amd64': { url: 'http://example.org/x', sha256: SUM } }), 'https'],
  ['a release says where it comes from', { releases: [{ name: 'v1' }] }, 'binaries'],
  ['a genesis that is fetched needs its sum', { genesis: { url: 'https://example.org/g.json' } }, 'sha256'],
  ['an unknown key is noticed', { moniker: 'x' }, 'moniker'],
  ['two programs do not share a port', { ports: { privval: 26656 } }, 'privval'],
  ['two releases do not share a name', { releases: [GO, GO] }, 'have the name `v1`'],
  [
    'two releases do not share an upgrade',
    {
      releases: [
        { ...GO, upgrade_name: 'v2' },
        { ...GO, name: 'v3', upgrade_name: 'v2' },
      ],
    },
    'have the upgrade `v2`',
  ],
] as const) {
  test(title, async () => {
    await withProfile(ours, async (folder) => {
      const problems = problemsOf(() => readProfile(join(folder, 'kvstore.json')))
      if (expected === undefined) assert.equal(problems, [])
      else
        assert.ok(
          problems.length > 0 && problems.some(({ message, help = '' }) => `${message} ${help}`.includes(expected)),
          JSON.stringify(problems),
        )
      for (const { origin } of problems) assert.ok(origin && origin.line > 1, 'the place in the file is shown')
    })
  })
}

for (const address of ['seeds.example.org:26656', '[2001:db8::1]:26656'])
  test(`a peer may be reached at ${address}`, async () => {
    await withProfile(
      {},
      async (folder) =>
        assert.equal(
          problemsOf(() => readProfile(join(folder, 'kvstore.json'))),
          [],
        ),
      seeds(address),
    )
  })

for (const address of ['192.0.2.1:26656,x@evil:1', '192.0.2.1', 'tcp://192.0.2.1:26656', '192.0.2.1:26656"\nx = "'])
  test(`a peer cannot be reached at ${JSON.stringify(address)}`, async () => {
    await withProfile(
      {},
      async (folder) => {
        const [problem] = problemsOf(() => readProfile(join(folder, 'kvstore.json')))
        assert.is(problem?.message, 'the address of a peer does not have the expected form')
      },
      seeds(address),
    )
  })

test.run()

function seeds(address: string) {
  return { peers: { seeds: [{ id: 'ab'.repeat(20), address }] } }
}

async function withProfile(
  ours: { readonly [key: string]: unknown },
  use: (folder: string) => Promise<void> | void,
  more: object = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-chains-'))
  try {
    const known = JSON.parse(await readFile(join(CHAINS, 'kvstore.json'), 'utf8'))
    const profile = { ...known, ...more, holdfast: { ...known.holdfast, ...ours } }
    await writeFile(join(folder, 'kvstore.json'), JSON.stringify(profile, null, 2))
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function problemsOf(read: () => unknown) {
  try {
    read()
    return []
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    return error.diagnostics
  }
}
