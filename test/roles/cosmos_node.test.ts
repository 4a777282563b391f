import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { newNodeKey } from '../../engine/core/node_key.ts'
import { type Fleet, type FleetRun, withFleet } from '../support/fleet.ts'
import { labSuite, type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { withScratch } from '../support/scratch.ts'
import { soon } from '../support/soon.ts'
import { STAND_IN_NODE } from '../support/stand_in_node.ts'

const test = labSuite('role cosmos_node')
limit(600)

const WATCHED = ['/etc', '/opt', '/usr/local', '/var/lib']
const HOME = '/var/lib/cosmos-node'

test('makes a public node and a sentry of bare hosts, and then finds nothing to do', () =>
  withNodes(async ({ fleet, publicNode, sentry }) => {
    const before = await sentry.digest(WATCHED)
    const looked = await fleet.apply('--check')
    assert.is(looked.code, 0, looked.err)
    assert.is(await sentry.digest(WATCHED), before, 'check mode changed the host')
    done(await fleet.apply())
    assert.is(await sentry.read(`stat -c '%a %U %n' ${HOME} ${HOME}/config ${HOME}/data ${HOME}/config/*`), MODES)
    assert.is(await starts(sentry, 1), 'started\n', 'a new node is started once')
    const [open, closed] = [await settings(publicNode), await settings(sentry)]
    assert.match(open, /^pex = true$/m)
    assert.match(closed, /^pex = false$/m)
    assert.match(open, new RegExp(`^persistent_peers = "[0-9a-f]{40}@${sentry.address}:26656"$`, 'm'))
    assert.match(open, /^private_peer_ids = "[0-9a-f]{40}"$/m)
    assert.match(closed, new RegExp(`^priv_validator_laddr = "tcp://${sentry.address}:1234"$`, 'm'))
    assert.match(closed, /^priv_validator_key_file = "config\/throwaway_validator_key.json"$/m)
    nothing(await fleet.apply())
  }))

test('what someone changes is put back, with one restart where the node reads it', () =>
  withNodes(async ({ fleet, sentry }) => {
    done(await fleet.apply())
    await sentry.read(`sed -i 's/^pex = false/pex = true/' ${HOME}/config/config.toml
      sed -i 's/^pruning = .*/pruning = "nothing"/' ${HOME}/config/app.toml
      sed -i 's/^Nice=.*/Nice=5/' /etc/systemd/system/cosmos-node.service
      chmod 644 ${HOME}/config/node_key.json`)
    const mended = await fleet.apply()
    assert.is(mended.code, 0, mended.err)
    assert.equal(tasks(mended), [
      'the key by which peers know the node',
      'the settings of the application',
      'the settings of the node',
      'the unit of the node',
      'restart the node',
    ])
    assert.is(await starts(sentry, 2), 'started\n'.repeat(2))
    await sentry.read('systemctl disable cosmos-node')
    assert.equal(tasks(await fleet.apply()), ['it comes back at boot'])
    assert.is(await sentry.read(`systemctl is-enabled cosmos-node; cat ${HOME}/data/starts`), `enabled\n${'started\n'.repeat(2)}`)
    await sentry.read(`systemctl disable --now cosmos-node; sed -i 's/^pex = false/pex = true/' ${HOME}/config/config.toml`)
    assert.equal(tasks(await fleet.apply()), ['the settings of the node', 'it comes back at boot', 'restart the node'])
    await sentry.read('systemctl disable --now cosmos-node')
    assert.equal(tasks(await fleet.apply()), ['it comes back at boot', 'the node runs'])
    nothing(await fleet.apply())

    // The program makes it when it first starts.
    await sentry.read(`echo '{}' >${HOME}/config/throwaway_validator_key.json; chmod 666 ${HOME}/config/throwaway_validator_key.json`)
    assert.equal(tasks(await fleet.apply()), ['the keys that the node made, for nobody else'])
    assert.is(await sentry.read(`stat -c '%a %U:%G' ${HOME}/config/throwaway_validator_key.json`), '600 cosmos-node:cosmos-node\n')
    nothing(await fleet.apply())
  }))

test('a new node must answer, unless its chain begins later or its signers have yet to come', () =>
  withNodes(async ({ fleet, sentry, folder }) => {
    const waiting = ['-e', '{"cosmos_node_start_seconds": 3}']
    await writeFile(join(folder, 'genesis.json'), '{"genesis_time": "2999-01-01T00:00:00Z", "chain_id": "simd-1"}\n')
    done(await fleet.apply(...waiting))
    await writeFile(join(folder, 'genesis.json'), '{"genesis_time": "2020-01-01T00:00:00Z", "chain_id": "simd-1"}\n')
    const silent = await fleet.apply(...waiting)
    assert.is(silent.code, 1)
    assert.match(silent.err, /public-1.*see that the node is in step again/)
    assert.match(silent.err, /the node does not come: after 3 s: it does not answer; what it says: journalctl/)
    assert.is(silent.hosts['sentry-1']?.failed, 0)
    assert.is((await sentry.run('ls /var/lib/holdfast')).stdout, '', 'something is left on the host')
  }))

test('a new node that ends again and again is not waited for', () =>
  withNodes(async ({ fleet, publicNode }) => {
    await publicNode.read(`mkdir -p ${HOME}/data; touch ${HOME}/data/broken`)
    const broken = await fleet.apply('-e', '{"cosmos_node_start_seconds": 6000, "cosmos_node_restart_seconds": 1}')
    assert.is(broken.code, 1)
    assert.match(broken.err, /public-1.*see that the node is in step again/)
    assert.match(broken.err, /the node does not come: it was started \d+ times and ended each time; what it says: journalctl/)
  }))

test('settings that the program itself refuses never reach their place', () =>
  withNodes(async ({ fleet, sentry }) => {
    done(await fleet.apply())
    const before = await settings(sentry)
    const refused = await fleet.apply('-l', 'sentry-1', '-e', 'cosmos_node_log_level=nonsense')
    assert.is(refused.code, 1)
    assert.match(refused.err, /unknown log_level/)
    assert.is(await settings(sentry), before)
    assert.is(await starts(sentry, 1), 'started\n', 'the node was restarted')
  }))

test('each line of CometBFT and of the SDK gets the keys that it knows', () =>
  withNodes(async ({ fleet, sentry }) => {
    const words = (vars: Json) => ['-l', 'sentry-1', '-e', JSON.stringify(vars)]
    done(await fleet.apply(...words({ cosmos_node_comet: '0.37', cosmos_node_sdk: '0.47' })))
    const [old, app] = [await settings(sentry), await sentry.read(`cat ${HOME}/config/app.toml`)]
    assert.match(old, /^block_sync = true$/m)
    assert.match(old, /^\[mempool\]\nversion = "v0"$/m)
    assert.match(app, /^\[rosetta\]\nenable = false$/m)
    await sentry.read(`rm ${HOME}/config/*.toml`)
    done(await fleet.apply(...words({ cosmos_node_comet: '0.39', cosmos_node_sdk: '0.54', cosmos_node_pruning: 'archive' })))
    const [fresh, archive] = [await settings(sentry), await sentry.read(`cat ${HOME}/config/app.toml`)]
    assert.not.match(fresh, /^block_sync/m)
    assert.match(fresh, /^type = "flood"$/m)
    assert.match(fresh, /^\[p2p\.libp2p\]\nenabled = false$/m)
    assert.not.match(archive, /rosetta/)
    assert.match(archive, /^pruning = "nothing"$/m)
    assert.match(archive, /^pruning-keep-recent = "0"$/m)
  }))

test('a key that might be the real one keeps a node of a fleet with cosigners from being touched, and from starting', () =>
  withNodes(async ({ fleet, sentry }) => {
    done(await fleet.apply())
    await sentry.read(`echo '{}' >${HOME}/config/priv_validator_key.json; sed -i 's/^pex = false/pex = true/' ${HOME}/config/config.toml`)
    const before = await sentry.digest(WATCHED)
    const refused = await fleet.apply('-l', 'sentry-1')
    assert.is(refused.code, 1)
    assert.match(refused.err, /no `priv_validator_key.json` lies here, which might be the real one; move it away/)
    assert.is(await sentry.digest(WATCHED), before)
    assert.is.not((await sentry.run('systemctl restart cosmos-node')).rc, 0)
    await sentry.read(`rm ${HOME}/config/priv_validator_key.json`)
    done(await fleet.apply())
  }))

type Refused = readonly [what: string, vars: Json, message: RegExp]
const REFUSED: readonly Refused[] = [
  ['CometBFT 1.0 with a signer', { cosmos_node_comet: '1.0' }, /neither Horcrux nor tmkms is known to speak/],
  ['a sentry that exchanges peers', { cosmos_node_config: { p2p: { pex: true } } }, /the inventory decides/],
  ['a public node that tells of its sentries', { cosmos_node_config: { p2p: { private_peer_ids: '' } } }, /the inventory decides/],
  ['a signer somewhere else', { cosmos_node_config: { priv_validator_laddr: 'tcp://0.0.0.0:1234' } }, /the inventory decides/],
  ['unsafe RPC for all', { cosmos_node_config: { rpc: { unsafe: true, laddr: 'tcp://0.0.0.0:26657' } } }, /loopback/],
  ...['tcp://0.0.0.0:26657', 'tcp://[::]:26657', 'tcp://:26657', '0.0.0.0:26657'].map(
    (laddr): Refused => [`a sentry whose RPC is for all: ${laddr}`, { cosmos_node_config: { rpc: { laddr } } }, /its private address/],
  ),
  ['profiles for all', { cosmos_node_config: { rpc: { pprof_laddr: '0.0.0.0:6060' } } }, /loopback/],
  ['sentries that wait for each other', { cosmos_node_config: { consensus: { double_sign_check_height: 10 } } }, /has just signed/],
  ['no price at all', { cosmos_node_minimum_gas_prices: '' }, /minimum-gas-prices/],
  ['snapshots of what is pruned', { cosmos_node_pruning: 'everything', cosmos_node_snapshot_interval: 100 }, /prunes everything/],
  ['too little kept', { cosmos_node_app: { 'pruning-keep-recent': '1' } }, /pruning-keep-recent/],
  ['a client that asks elsewhere', { cosmos_node_client: { node: 'tcp://127.0.0.1:36657' } }, /another port/],
  [
    'one server to sync from',
    { cosmos_node_state_sync: { rpc_servers: ['http://x:1'], trust_height: 1, trust_hash: 'a' } },
    /two different `rpc_servers`/,
  ],
  ...[
    ['http://x:1', 'http://x:1'],
    ['https://x.example', 'X.example:443/'],
    ['http://x', 'http://y:80', 'tcp://x:80'],
  ].map(
    (servers): Refused => [
      `one server twice, to check itself: ${servers.join(' ')}`,
      { cosmos_node_state_sync: { rpc_servers: servers, trust_height: 1, trust_hash: 'a'.repeat(64) } },
      /two different `rpc_servers`/,
    ],
  ),
  [
    'a program without a digest',
    { cosmos_node_program: { name: 'simd', version: '1', url: 'https://example.org/simd' } },
    /has no `sha256`/,
  ],
]

test('what loses blocks or worse is refused before anything is changed', () =>
  withNodes(async ({ fleet, publicNode, sentry }) => {
    const look = () => Promise.all([publicNode, sentry].map((host) => host.digest(WATCHED)))
    const before = await look()
    for (const [what, vars, message] of REFUSED) {
      const limit = what.startsWith('a sentry') ? ['-l', 'sentry-1'] : []
      const refused = await fleet.apply('-e', JSON.stringify(vars), ...limit)
      assert.is.not(refused.code, 0, what)
      assert.match(refused.err, message, `${what}: ${refused.err}`)
    }
    assert.equal(await look(), before)
  }))

test('a node without data begins with a snapshot; one that has data keeps it', () =>
  withNodes(async ({ fleet, publicNode, sentry, folder }) => {
    const snapshot = await packed(folder, sentry)
    await publicNode.read(`mkdir -p ${HOME}/data/state.db`)
    await sentry.read(`mkdir -p ${HOME}/data; echo ours >${HOME}/data/throwaway_validator_state.json`)
    const first = await fleet.apply('-e', JSON.stringify({ cosmos_node_snapshot: snapshot }))
    done(first)
    assert.is(
      await sentry.read(
        `cd ${HOME}/data; cat blockstore.db/x throwaway_validator_state.json; ls -A ../snapshot; stat -c %U blockstore.db/x`,
      ),
      'block\nours\ndone\ncosmos-node\n',
    )
    assert.is((await publicNode.run(`cat ${HOME}/data/blockstore.db/x`)).rc, 1, 'the snapshot was laid over data')
    nothing(await fleet.apply('-e', JSON.stringify({ cosmos_node_snapshot: snapshot })))
  }))

test('a snapshot that was cut off is finished, and the node stays down until then', () =>
  withNodes(async ({ fleet, sentry, folder }) => {
    const snapshot = await packed(folder, sentry)
    done(await fleet.apply('-e', JSON.stringify({ cosmos_node_snapshot: snapshot })))
    await sentry.read(
      `systemctl stop cosmos-node; cd ${HOME}/snapshot; rm done; : >unfinished; rm -r ../data/blockstore.db; systemctl start cosmos-node`,
    )
    assert.is.not((await sentry.run('systemctl is-active cosmos-node')).rc, 0)
    done(await fleet.apply('-e', JSON.stringify({ cosmos_node_snapshot: snapshot })))
    await sentry.read(`cat ${HOME}/data/blockstore.db/x; systemctl is-active cosmos-node`)
    const wrong = { ...snapshot, sha256: '0'.repeat(64) }
    await sentry.read(`systemctl stop cosmos-node; rm -r ${HOME}/snapshot ${HOME}/data/*`)
    const refused = await fleet.apply('-l', 'sentry-1', '-e', JSON.stringify({ cosmos_node_snapshot: wrong }))
    assert.is(refused.code, 1)
    assert.match(refused.err, /not the pinned one/)
  }))

test('its unit is among the best guarded', () =>
  withNodes(async ({ fleet, sentry }) => {
    done(await fleet.apply())
    const told = await sentry.read('systemd-analyze security cosmos-node --no-pager')
    const score = Number(/exposure level for cosmos-node.service: ([0-9.]+)/.exec(told)?.[1])
    assert.ok(score <= 1.5, `exposure ${score}`)
    const set = await sentry.read(
      'systemctl show cosmos-node -p TimeoutStopUSec,LimitNOFILE,OOMScoreAdjust,Nice,CPUWeight,IOWeight,Restart',
    )
    for (const line of [
      'TimeoutStopUSec=20s',
      'LimitNOFILE=65536',
      'OOMScoreAdjust=-500',
      'Nice=-5',
      'CPUWeight=500',
      'IOWeight=500',
      'Restart=always',
    ])
      assert.ok(set.split('\n').includes(line), `${line} is not in ${set}`)
  }))

test.run()

/** What the role leaves on a host; quicker than a new disk. */
const WIPE = `systemctl disable --now cosmos-node; rm -rf ${HOME} /opt/holdfast /usr/local/bin/simd /var/lib/holdfast /etc/systemd/system/cosmos-node.service
systemctl daemon-reload; userdel cosmos-node; groupdel cosmos-node`

const MODES = [
  `700 cosmos-node ${HOME}`,
  `700 cosmos-node ${HOME}/config`,
  `700 cosmos-node ${HOME}/data`,
  `640 cosmos-node ${HOME}/config/app.toml`,
  `600 cosmos-node ${HOME}/config/client.toml`,
  `640 cosmos-node ${HOME}/config/config.toml`,
  `640 cosmos-node ${HOME}/config/genesis.json`,
  `600 cosmos-node ${HOME}/config/node_key.json`,
  '',
].join('\n')

interface Nodes {
  readonly fleet: Fleet
  readonly publicNode: TestHost
  readonly sentry: TestHost
  /** Of the controller. */
  readonly folder: string
}

/** A fleet of one public node, one sentry and three cosigners that are only written of. */
async function withNodes(body: (nodes: Nodes) => Promise<void>): Promise<void> {
  await withScratch(async (folder) => {
    await writeFile(join(folder, 'simd'), STAND_IN_NODE)
    await writeFile(join(folder, 'genesis.json'), '{"chain_id": "simd-1"}\n')
    await withHosts(2, async ([publicNode, sentry]) => {
      if (!publicNode || !sentry) throw new Error('two hosts are needed')
      await Promise.all([publicNode, sentry].map((host) => host.run(WIPE)))
      const request = {
        groups: {
          public: [publicNode],
          sentry: [sentry],
          cosigner: ['31', '32', '33'].map((end) => ({ ...sentry, address: `10.99.9.${end}` })),
        },
        hosts: 'public:sentry',
        roles: ['cosmos_node'],
        vars: {
          chain: 'simd',
          cosmos_node_program: { name: 'simd', version: 'v1', file: join(folder, 'simd') },
          cosmos_node_genesis: { file: join(folder, 'genesis.json') },
          cosmos_node_cosmovisor: false,
          cosmos_node_start_seconds: 0,
          signing_threshold: 2,
        },
        hostVars: {
          'public-1': { node_key: newNodeKey() },
          'sentry-1': { node_key: newNodeKey() },
          ...Object.fromEntries([1, 2, 3].map((shard) => [`cosigner-${shard}`, { shard_id: shard }])),
        },
      }
      await withFleet(request, (fleet) => {
        // The hosts that would hold the lock are not there.
        const alone: Fleet = { ...fleet, apply: (...words) => fleet.apply('--without-lock', 'simd', ...words) }
        return body({ fleet: alone, publicNode, sentry, folder })
      })
    })
  })
}

function done({ code, err }: FleetRun): void {
  assert.is(code, 0, err)
}

function nothing(run: FleetRun): void {
  done(run)
  assert.equal(run.results, [], 'a second run changed something')
}

function tasks({ results }: FleetRun): readonly string[] {
  return results.map(({ task }) => task.replace('cosmos_node : ', ''))
}

/** What the program has noted of its starts, once there are as many: systemd calls it started before it has noted anything. */
async function starts(host: TestHost, atLeast: number): Promise<string> {
  const noted = `${HOME}/data/starts`
  await host.read(soon(`[ "$(wc -l <${noted})" -ge ${atLeast} ]`))
  return host.read(`cat ${noted}`)
}

function settings(host: TestHost): Promise<string> {
  return host.read(`cat ${HOME}/config/config.toml`)
}

/** An archive with the data of another node, whose signer had a state of its own. */
async function packed(folder: string, host: TestHost): Promise<{ readonly file: string; readonly sha256: string }> {
  const archive =
    await host.read(`d=$(mktemp -d); mkdir -p $d/data/blockstore.db $d/data/application.db; echo block >$d/data/blockstore.db/x
    echo theirs >$d/data/throwaway_validator_state.json; echo theirs >$d/data/priv_validator_state.json; tar -cz -C $d data | base64 -w0; rm -r $d`)
  const bytes = Buffer.from(archive, 'base64')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'snapshot.tar.gz'), bytes)
  return { file: join(folder, 'snapshot.tar.gz'), sha256: createHash('sha256').update(bytes).digest('hex') }
}
