import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { is, match, ok } from 'uvu/assert'
import { newNodeKey } from '../../engine/core/node_key.ts'
import { type Fleet, withFleet } from '../support/fleet.ts'
import { type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { NO_ROOT } from '../support/root.ts'
import { withScratch } from '../support/scratch.ts'
import { suiteUnless } from '../support/skip.ts'
import { newValidatorKey, simdGenesis } from './genesis.ts'
import { done, heightOf, nothing } from './node_chain.ts'
import { findPrograms } from './programs.ts'
import { findTmkms } from './tmkms_program.ts'

// Here and not in the test: the first build takes longer than a suite may.
const tell = (stage: string) => void process.stderr.write(`  ${stage}\n`)
const tmkms = NO_ROOT.length > 0 ? { missing: NO_ROOT.join('; ') } : await findTmkms(tell)
const found = 'missing' in tmkms ? tmkms : await findPrograms(tell)

const test = suiteUnless('missing' in found ? [found.missing] : [], 'role tmkms with the real signer')
limit(1500)

test('a chain of one validator, whose whole key tmkms holds, makes blocks while it signs and no others', () =>
  withSigner(async ({ fleet, signer, sentry, publicNode, key }) => {
    done(await fleet.apply())
    const silent = await signer.run('systemctl is-active tmkms')
    is(silent.stdout.trim(), 'inactive', 'it was started without its key')
    done(await fleet.apply(...key))
    await heightOf(publicNode, 4)
    match(await sentry.read('cat /var/lib/cosmos-node/config/config.toml'), `priv_validator_laddr = "tcp://${sentry.address}:1234"`)
    nothing(await fleet.apply())
    nothing(await fleet.apply(...key))

    await signer.read('systemctl stop tmkms')
    await sleep(5000)
    const ended = await standsStill(publicNode)
    await sleep(6000)
    is(await heightOf(publicNode, 1), ended, 'somebody else signed')
    await signer.read('systemctl start tmkms')
    // CometBFT does not ask again for a vote that nobody gave.
    await sentry.read('systemctl restart cosmos-node')
    ok((await heightOf(publicNode, ended + 3)) > ended)
    match(await signer.read('cat /var/lib/tmkms/state/simd-1.json'), /"height": *"\d+"/)
  }))

test.run()

/** The height after which no block comes: what was signed by then has gone round. */
async function standsStill(host: TestHost): Promise<number> {
  for (let i = 0; i < 12; i++) {
    const height = await heightOf(host, 1)
    await sleep(10_000)
    if ((await heightOf(host, 1)) === height) return height
  }
  throw new Error('blocks go on without the signer')
}

interface Scene {
  readonly fleet: Fleet
  readonly signer: TestHost
  readonly sentry: TestHost
  readonly publicNode: TestHost
  /** Words of a call that brings the key. */
  readonly key: readonly string[]
}

async function withSigner(body: (scene: Scene) => Promise<void>): Promise<void> {
  if ('missing' in tmkms || 'missing' in found) throw new Error('the programs are missing')
  const { simd } = found.programs
  const { text, publicKey } = newValidatorKey()
  await withScratch(async (folder) => {
    const genesis = join(folder, 'genesis.json')
    await writeFile(genesis, await simdGenesis({ simd: simd.path, chainId: 'simd-1', validators: [{ name: 'one', publicKey, power: 10 }] }))
    await withHosts(3, async (hosts) => {
      await Promise.all(hosts.map((host) => host.pristine()))
      const [signer, sentry, publicNode] = hosts as readonly [TestHost, TestHost, TestHost]
      const vars = {
        chain: 'simd',
        cosmos_node_program: { name: 'simd', version: simd.version, file: simd.path, sha256: simd.sha256 },
        cosmos_node_genesis: { file: genesis },
        cosmos_node_cosmovisor: false,
        cosmos_node_config: { consensus: { timeout_commit: '1s' } },
        tmkms_program: { version: tmkms.version, file: tmkms.path, sha256: tmkms.sha256 },
        tmkms_public_key: publicKey,
      }
      const hostVars = { 'sentry-1': { node_key: newNodeKey() }, 'public-1': { node_key: newNodeKey() } }
      await withFleet(
        { groups: { public: [publicNode], sentry: [sentry], signer: [signer] }, roles: [], vars, hostVars },
        async (fleet) => {
          await writeFile(join(fleet.folder, 'site.yml'), SITE)
          const key = ['-e', JSON.stringify({ tmkms_place_key: true, tmkms_consensus_key: text })]
          await body({ fleet, signer, sentry, publicNode, key })
        },
      )
    })
  })
}

const SITE = JSON.stringify([
  { hosts: 'public:sentry', become: true, serial: 1, max_fail_percentage: 0, roles: ['firewall', 'cosmos_node'] },
  { hosts: 'signer', become: true, roles: ['firewall', 'tmkms'] },
])
