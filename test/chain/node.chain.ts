import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { equal, is, ok } from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { newNodeKey } from '../../engine/core/node_key.ts'
import { type Fleet, withFleet } from '../support/fleet.ts'
import { type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { withScratch } from '../support/scratch.ts'
import { newValidatorKey, simdGenesis } from './genesis.ts'
import { chainSuite, program } from './suite.ts'

const test = chainSuite('role cosmos_node with real programs')
limit(900)

test('a public node and a sentry of simd make and follow blocks', () =>
  withSimd(async ({ fleet, publicNode, sentry, key }) => {
    const before = await publicNode.digest(['/etc', '/var/lib', '/opt', '/usr/local'])
    const looked = await fleet.apply('--check')
    is(looked.code, 0, looked.err)
    is(await publicNode.digest(['/etc', '/var/lib', '/opt', '/usr/local']), before, 'check mode changed the host')
    const first = await fleet.apply()
    is(first.code, 0, first.err)
    await giveKey(publicNode, key)
    const height = await heightOf(sentry, 3)
    ok(height >= 3)
    const again = await fleet.apply()
    is(again.code, 0, again.err)
    equal(again.results, [], 'a second run changed something')
    ok((await heightOf(sentry, height + 2)) > height)
  }))

test.run()

interface Simd {
  readonly fleet: Fleet
  readonly publicNode: TestHost
  readonly sentry: TestHost
  readonly key: { readonly text: string }
}

async function withSimd(body: (simd: Simd) => Promise<void>, vars: { readonly [name: string]: Json } = {}): Promise<void> {
  const key = newValidatorKey()
  await withScratch(async (folder) => {
    const genesis = join(folder, 'genesis.json')
    const validators = [{ name: 'one', publicKey: key.publicKey, power: 10 }]
    await writeFile(genesis, await simdGenesis({ simd: program('simd').path, chainId: 'simd-1', validators }))
    await withHosts(2, async ([publicNode, sentry]) => {
      if (!publicNode || !sentry) throw new Error('two hosts are needed')
      const all = {
        chain: 'simd',
        cosmos_node_program: { name: 'simd', version: program('simd').version, file: program('simd').path, sha256: program('simd').sha256 },
        cosmos_node_genesis: { file: genesis },
        cosmos_node_cosmovisor: false,
        cosmos_node_start_seconds: 10,
        cosmos_node_config: { consensus: { timeout_commit: '1s' } },
        ...vars,
      }
      const hostVars = Object.fromEntries(['public-1', 'sentry-1'].map((name) => [name, { node_key: newNodeKey() }]))
      const request = { groups: { public: [publicNode], sentry: [sentry] }, roles: ['cosmos_node'], vars: all, hostVars }
      await withFleet(request, (fleet) => body({ fleet, publicNode, sentry, key }))
    })
  })
}

/** The key of the only validator; in a fleet with cosigners they would have it. */
async function giveKey(host: TestHost, { text }: { readonly text: string }): Promise<void> {
  const path = '/var/lib/cosmos-node/config/priv_validator_key.json'
  await host.read(`printf %s '${text}' >${path} && chown cosmos-node: ${path} && chmod 600 ${path} && systemctl restart cosmos-node`)
}

/** The height of a node once it has come so far. */
async function heightOf(host: TestHost, least: number): Promise<number> {
  for (let i = 0; i < 60; i++) {
    const { stdout } = await host.run('simd status --home /var/lib/cosmos-node')
    const height = Number(/"latest_block_height":"(\d+)"/.exec(stdout)?.[1] ?? 0)
    if (height >= least) return height
    await sleep(1000)
  }
  throw new Error(`no block ${least} within a minute: ${await host.read('journalctl -u cosmos-node -n 20 --no-pager')}`)
}
