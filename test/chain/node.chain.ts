import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { equal, is, match, ok } from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { newNodeKey } from '../../engine/core/node_key.ts'
import { type Fleet, type FleetRun, withFleet } from '../support/fleet.ts'
import { type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { withScratch } from '../support/scratch.ts'
import { kvstoreGenesis, newValidatorKey, simdGenesis } from './genesis.ts'
import { chainSuite, program } from './suite.ts'

const test = chainSuite('role cosmos_node with real programs')
limit(900)

const HOME = '/var/lib/cosmos-node'
const WATCHED = ['/etc', '/var/lib', '/opt', '/usr/local']

test('a public node and a sentry of simd make and follow blocks, and are kept as they are', () =>
  withChain('simd', async ({ fleet, publicNode, sentry, begin }) => {
    const before = await publicNode.digest(WATCHED)
    done(await fleet.apply('-l', 'public-1,sentry-1', '--check'))
    is(await publicNode.digest(WATCHED), before, 'check mode changed the host')
    done(await fleet.apply('-l', 'public-1,sentry-1'))
    await begin()
    const height = await heightOf(sentry, 3)
    nothing(await fleet.apply('-l', 'public-1,sentry-1'))
    ok((await heightOf(sentry, height + 2)) > height)

    const invocation = await sentry.read('systemctl show cosmos-node -p InvocationID')
    await sentry.read(`sed -i 's/^pex = false/pex = true/' ${HOME}/config/config.toml`)
    const mended = await fleet.apply('-l', 'public-1,sentry-1')
    done(mended)
    equal(
      mended.results.filter(({ status }) => status === 'changed').map(({ host, task }) => [host, task.replace('cosmos_node : ', '')]),
      [
        ['sentry-1', 'the settings of the node'],
        ['sentry-1', 'restart the node'],
      ],
    )
    match(await sentry.read(`cat ${HOME}/config/config.toml`), /^pex = false$/m)
    is.not(await sentry.read('systemctl show cosmos-node -p InvocationID'), invocation)
    is(await sentry.read('systemctl show cosmos-node -p NRestarts'), 'NRestarts=0\n')
    await heightOf(sentry, height + 4)
    const broken = await fleet.apply('-l', 'sentry-1', '-e', '{"cosmos_node_config": {"p2p": {"dial_timeout": "3"}}}')
    is(broken.code, 1)
    match(broken.err, /missing unit in duration/)
    await heightOf(sentry, height + 6)
  }))

test('a new node syncs from a snapshot of the state that its peers offer', () =>
  withChain(
    'simd',
    async ({ fleet, publicNode, joining, begin }) => {
      done(await fleet.apply('-l', 'public-1,sentry-1'))
      await begin()
      await heightOf(publicNode, 25)
      const server = `http://${publicNode.address}:26657`
      const { result } = (await (await fetch(`${server}/block?height=12`)).json()) as { result: { block_id: { hash: string } } }
      const sync = { rpc_servers: [server, server], trust_height: 12, trust_hash: result.block_id.hash }
      const words = ['-l', 'public-2', '-e', JSON.stringify({ cosmos_node_state_sync: sync })]
      done(await fleet.apply(...words))
      await heightOf(joining, 26)
      const status = await joining.read(`simd status --home ${HOME}`)
      const earliest = Number(/"earliest_block_height":"(\d+)"/.exec(status)?.[1])
      ok(earliest > 1, `it has blocks from ${earliest} on, so it did not begin with a snapshot`)
      nothing(await fleet.apply(...words))
    },
    {
      cosmos_node_snapshot_interval: 10,
      cosmos_node_config: {
        consensus: { timeout_commit: '1s' },
        rpc: { laddr: "{{ ternary (eq inventory_hostname 'public-1') 'tcp://0.0.0.0:26657' 'tcp://127.0.0.1:26657' }}" },
        statesync: { discovery_time: '5s' },
      },
    },
  ))

test('a new node begins with an archive of the data of another', () =>
  withChain('simd', async ({ fleet, publicNode, sentry, joining, begin, folder }) => {
    done(await fleet.apply('-l', 'public-1,sentry-1'))
    await begin()
    const height = await heightOf(sentry, 8)
    const packed = await sentry.read(`systemctl stop cosmos-node; tar -C ${HOME} -cz data | base64 -w0; systemctl start cosmos-node`)
    const bytes = Buffer.from(packed, 'base64')
    await writeFile(join(folder, 'data.tar.gz'), bytes)
    const snapshot = { file: join(folder, 'data.tar.gz'), sha256: createHash('sha256').update(bytes).digest('hex') }
    const words = ['-l', 'public-2', '-e', JSON.stringify({ cosmos_node_snapshot: snapshot })]
    done(await fleet.apply(...words))
    const now = await heightOf(joining, height)
    ok(now >= height)
    await heightOf(joining, (await heightOf(publicNode, 1)) + 2)
    nothing(await fleet.apply(...words))
  }))

test('CometBFT alone makes and follows blocks with its demo application', () =>
  withChain('kvstore', async ({ fleet, sentry, begin }) => {
    done(await fleet.apply('-l', 'public-1,sentry-1'))
    await begin()
    const restored = async (height: number): Promise<boolean> => {
      const { stdout } = await sentry.run('journalctl -u cosmos-node --no-pager -o cat | tail -n 200')
      return new RegExp(`committed state .*height=${height}\\b`).test(stdout)
    }
    for (let i = 0; i < 60 && !(await restored(5)); i++) await sleep(1000)
    ok(await restored(5), 'the sentry did not come to block 5')
    nothing(await fleet.apply('-l', 'public-1,sentry-1'))
    await sentry.read('systemctl restart cosmos-node')
    for (let i = 0; i < 60 && !(await restored(9)); i++) await sleep(1000)
    ok(await restored(9), 'the sentry did not go on after a restart')
    const refused = await fleet.apply('-l', 'sentry-1', '-e', '{"cosmos_node_config": {"mempool": {"type": "flud"}}}')
    is(refused.code, 1)
    match(refused.err, /unknown mempool type/)
  }))

test.run()

interface Chain {
  readonly fleet: Fleet
  readonly publicNode: TestHost
  readonly sentry: TestHost
  /** A second public node, which has nothing yet. */
  readonly joining: TestHost
  /** Gives the public node the key of the only validator; in a fleet with cosigners they would have it. */
  readonly begin: () => Promise<void>
  readonly folder: string
}

type Vars = { readonly [name: string]: Json }

async function withChain(chain: 'simd' | 'kvstore', body: (chain: Chain) => Promise<void>, vars: Vars = {}): Promise<void> {
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
      const hostVars = Object.fromEntries(['public-1', 'public-2', 'sentry-1'].map((host) => [host, { node_key: newNodeKey() }]))
      const groups = { public: [publicNode, joining], sentry: [sentry] }
      const begin = () => giveKey(publicNode, key.text)
      await withFleet({ groups, roles: ['cosmos_node'], vars: all, hostVars }, (fleet) =>
        body({ fleet, publicNode, sentry, joining, begin, folder }),
      )
    })
  })
}

function done({ code, err }: FleetRun): void {
  is(code, 0, err)
}

function nothing(run: FleetRun): void {
  done(run)
  equal(run.results, [], 'a second run changed something')
}

async function giveKey(host: TestHost, text: string): Promise<void> {
  const path = `${HOME}/config/priv_validator_key.json`
  await host.read(`printf %s '${text}' >${path} && chown cosmos-node: ${path} && chmod 600 ${path} && systemctl restart cosmos-node`)
}

/** The height of a node of simd once it has come so far. */
async function heightOf(host: TestHost, least: number): Promise<number> {
  for (let i = 0; i < 90; i++) {
    const { stdout } = await host.run(`simd status --home ${HOME}`)
    const height = Number(/"latest_block_height":"(\d+)"/.exec(stdout)?.[1] ?? 0)
    if (height >= least) return height
    await sleep(1000)
  }
  throw new Error(`no block ${least} in time: ${await host.read('journalctl -u cosmos-node -n 20 --no-pager')}`)
}
