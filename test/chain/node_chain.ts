import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { equal, is } from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { newNodeKey } from '../../engine/core/node_key.ts'
import { type Fleet, type FleetRun, withFleet } from '../support/fleet.ts'
import { type TestHost, withHosts } from '../support/lab.ts'
import { withScratch } from '../support/scratch.ts'
import { kvstoreGenesis, newValidatorKey, simdGenesis } from './genesis.ts'
import { program } from './suite.ts'

/** Three hosts of a chain of their own whose only validator is the public node. */
export interface Chain {
  readonly fleet: Fleet
  readonly publicNode: TestHost
  readonly sentry: TestHost
  /** A second public node or sentry, which has nothing yet. */
  readonly joining: TestHost
  /** Gives the public node the key of the only validator; in a fleet with cosigners they would have it. */
  readonly begin: () => Promise<void>
  readonly folder: string
}

export interface ChainRequest {
  readonly chain: 'simd' | 'kvstore'
  readonly vars?: { readonly [name: string]: Json }
  /** What the third host is: `public-2`, or `sentry-2`. */
  readonly joins?: 'public' | 'sentry'
}

/** The home of a node on its host. */
export const HOME = '/var/lib/cosmos-node'

/** Writes of three hosts what the role cosmos_node needs; it has not been applied when the body begins. */
export async function withChain(
  { chain, vars = {}, joins = 'public' }: ChainRequest,
  body: (chain: Chain) => Promise<void>,
): Promise<void> {
  const key = newValidatorKey()
  const name = chain === 'simd' ? 'simd' : 'cometbft'
  await withScratch(async (folder) => {
    const validators = [{ name: 'one', publicKey: key.publicKey, power: 10 }]
    const request = { chainId: `${chain}-1`, validators }
    const genesis = chain === 'simd' ? await simdGenesis({ simd: program('simd').path, ...request }) : kvstoreGenesis(request)
    await writeFile(join(folder, 'genesis.json'), genesis)
    await withHosts(3, async ([publicNode, sentry, joining]) => {
      if (!publicNode || !sentry || !joining) throw new Error('three hosts are needed')
      await Promise.all([publicNode, sentry, joining].map((host) => host.pristine()))
      const all = {
        chain,
        cosmos_node_program: { name, version: program(name).version, file: program(name).path, sha256: program(name).sha256 },
        cosmos_node_genesis: { file: join(folder, 'genesis.json') },
        cosmos_node_cosmovisor: false,
        cosmos_node_config: { consensus: { timeout_commit: '1s' } },
        ...vars,
      }
      const groups =
        joins === 'public' ? { public: [publicNode, joining], sentry: [sentry] } : { public: [publicNode], sentry: [sentry, joining] }
      const hostVars = Object.fromEntries(['public-1', `${joins}-2`, 'sentry-1'].map((host) => [host, { node_key: newNodeKey() }]))
      const begin = () => giveKey(publicNode, key.text)
      await withFleet({ groups, roles: ['cosmos_node'], vars: all, hostVars }, (fleet) =>
        body({ fleet, publicNode, sentry, joining, begin, folder }),
      )
    })
  })
}

/** Fails with what the run said, unless it ended well. */
export function done({ code, err }: FleetRun): void {
  is(code, 0, err)
}

/** The same, and if it changed anything. */
export function nothing(run: FleetRun): void {
  done(run)
  equal(run.results, [], 'a second run changed something')
}

async function giveKey(host: TestHost, text: string): Promise<void> {
  const path = `${HOME}/config/priv_validator_key.json`
  await host.read(`printf %s '${text}' >${path} && chown cosmos-node: ${path} && chmod 600 ${path} && systemctl restart cosmos-node`)
}

/** The height of a node of simd once it has come so far. */
export async function heightOf(host: TestHost, least: number): Promise<number> {
  for (let i = 0; i < 240; i++) {
    const { stdout } = await host.run(`simd status --home ${HOME}`)
    const height = Number(/"latest_block_height":"(\d+)"/.exec(stdout)?.[1] ?? 0)
    if (height >= least) return height
    await sleep(1000)
  }
  throw new Error(`no block ${least} in time: ${await host.read('journalctl -u cosmos-node -n 20 --no-pager')}`)
}
