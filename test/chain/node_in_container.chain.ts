import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { equal, is, match, ok } from 'uvu/assert'
import { newNodeKey } from '../../engine/core/node_key.ts'
import { imageOf } from '../../engine/image/archive.ts'
import { type Fleet, type FleetRun, withFleet } from '../support/fleet.ts'
import { type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { withScratch } from '../support/scratch.ts'
import { newValidatorKey, simdGenesis } from './genesis.ts'
import { chainSuite, program } from './suite.ts'

const test = chainSuite('real nodes in containers')
limit(1800)

test('a chain of simd goes on while its nodes move into containers and back', () =>
  withSimd(async ({ fleet, nodes, key, containers }) => {
    const [publicNode, sentry] = nodes
    succeeds(await fleet.apply())
    await giveKey(publicNode, key)
    await heightOf(sentry, 2)

    succeeds(await fleet.apply(...containers))
    for (const host of nodes) await assertContained(host)
    const height = await heightOf(sentry, 4)
    for (const host of nodes) await isWell(host)
    equal((await fleet.apply(...containers)).results, [], 'a second run changed something')
    ok((await heightOf(sentry, height + 1)) > height)
    match(await sentry.read("ss -Htn state established '( sport = :26656 or dport = :26656 )'"), publicNode.address)

    await sentry.crash()
    await sentry.boot()
    const after = await heightOf(sentry, height + 2)
    equal((await fleet.apply(...containers)).results, [], 'a run after a reboot changed something')

    succeeds(await fleet.apply())
    for (const host of nodes) {
      match(await host.read(`cat /proc/$(${RUNNING})/cgroup`), /^0::\/system\.slice\/cosmos-node\.service$/m)
      is(await host.read('podman-of cosmos-node ps -aq'), '')
    }
    ok((await heightOf(sentry, after + 2)) > after)
    equal((await fleet.apply()).results, [], 'a second run without containers changed something')
  }))

test.run()

const RUNNING = "pgrep -fx '(/usr/local/bin|/opt/holdfast/programs/simd/[^/]*)/simd start --home /var/lib/cosmos-node'"

interface Simd {
  readonly fleet: Fleet
  readonly nodes: readonly [TestHost, TestHost]
  readonly key: { readonly text: string }
  /** Words of a call that runs the nodes in containers. */
  readonly containers: readonly string[]
}

async function withSimd(body: (simd: Simd) => Promise<void>): Promise<void> {
  const key = newValidatorKey()
  const { path, version, sha256 } = program('simd')
  await withScratch(async (folder) => {
    const [genesis, archive] = [join(folder, 'genesis.json'), join(folder, 'simd.oci.tar')]
    const validators = [{ name: 'one', publicKey: key.publicKey, power: 10 }]
    await writeFile(genesis, await simdGenesis({ simd: path, chainId: 'simd-1', validators }))
    const image = imageOf({ name: 'localhost/simd', tag: version, command: 'simd', architecture: 'amd64', program: await readFile(path) })
    await writeFile(archive, image.archive)
    const lendTwo = async (hosts: readonly TestHost[]): Promise<void> => {
      const nodes = hosts as readonly [TestHost, TestHost]
      await Promise.all(nodes.map((host) => host.pristine()))
      await Promise.all(nodes.map((host) => host.read('apt-get update -q')))
      const vars = {
        chain: 'simd',
        cosmos_node_program: { name: 'simd', version, file: path, sha256 },
        cosmos_node_genesis: { file: genesis },
        cosmos_node_cosmovisor: false,
        cosmos_node_config: { consensus: { timeout_commit: '1s' } },
      }
      const hostVars = Object.fromEntries(['public-1', 'sentry-1'].map((name) => [name, { node_key: newNodeKey() }]))
      const request = { groups: { public: [nodes[0]], sentry: [nodes[1]] }, roles: ['cosmos_node'], vars, hostVars }
      const containers = ['-e', JSON.stringify({ cosmos_node_runtime: 'podman', cosmos_node_image: { name: image.reference, archive } })]
      await withFleet(request, (fleet) => body({ fleet, nodes, key, containers }))
    }
    await withHosts(2, lendTwo, { internet: true })
  })
}

async function assertContained(host: TestHost): Promise<void> {
  const status = await host.read(`cat /proc/$(${RUNNING})/status`)
  const uid = (await host.read('id -u cosmos-node')).trim()
  match(status, new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s`, 'm'))
  match(status, /^CapBnd:\s+0+$/m)
  match(status, /^NoNewPrivs:\s+1$/m)
  match(await host.read(`cat /proc/$(${RUNNING})/cgroup`), /user@\d+\.service.*cosmos-node\.service/)
  match(await host.read(`cat /proc/$(${RUNNING})/mountinfo`), / \/ \/ ro,/)
  is((await host.read('systemctl is-active cosmos-node')).trim(), 'active')
  is((await host.read('find /var/lib/cosmos-node/data /var/lib/cosmos-node/config -printf "%u\\n" | sort -u')).trim(), 'cosmos-node')
}

/** On a busy machine an answer may come too late for podman. */
async function isWell(host: TestHost): Promise<void> {
  await host.read('for i in $(seq 10); do podman-of cosmos-node healthcheck run cosmos-node && exit 0; sleep 3; done; exit 1')
}

/** The key of the only validator; in a fleet with cosigners they would have it. */
async function giveKey(host: TestHost, { text }: { readonly text: string }): Promise<void> {
  const path = '/var/lib/cosmos-node/config/priv_validator_key.json'
  await host.read(`printf %s '${text}' >${path} && chown cosmos-node: ${path} && chmod 600 ${path} && systemctl restart cosmos-node`)
}

/** The height of a node once it has come so far. */
async function heightOf(host: TestHost, least: number): Promise<number> {
  for (let i = 0; i < 240; i++) {
    const { stdout } = await host.run('simd status --home /var/lib/cosmos-node')
    const height = Number(/"latest_block_height":"(\d+)"/.exec(stdout)?.[1] ?? 0)
    if (height >= least) return height
    await sleep(1000)
  }
  const said = await host.run('journalctl -n 60 --no-pager -o cat')
  throw new Error(`no block ${least} in time: ${said.stdout}`)
}

function succeeds(ran: FleetRun): void {
  is(ran.code, 0, [...ran.results.map(({ message }) => message), ...ran.errors, ran.err].join('\n'))
}
