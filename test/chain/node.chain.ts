import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { equal, is, match, ok } from 'uvu/assert'
import type { TestHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { done, heightOf, HOME, nothing, withChain } from './node_chain.ts'
import { chainSuite } from './suite.ts'

const test = chainSuite('role cosmos_node with real programs')
limit(2400)

const WATCHED = ['/etc', '/var/lib', '/opt', '/usr/local']
/** Those that a running chain leaves alone. */
const KEPT = ['/etc', '/opt', '/usr/local']
/** How far a node was that must be so again. */
const NOTE = '/var/lib/holdfast/cosmos-node-in-step'

test('a public node and a sentry of simd make and follow blocks, and are kept as they are', () =>
  withChain({ chain: 'simd' }, async ({ fleet, publicNode, sentry, begin }) => {
    const before = await publicNode.digest(WATCHED)
    done(await fleet.apply('-l', 'public-1,sentry-1', '--check'))
    is(await publicNode.digest(WATCHED), before, 'check mode changed the host')
    done(await fleet.apply('-l', 'public-1,sentry-1'))
    is(await sentry.read('find /tmp -maxdepth 1 -name "simapp*"'), '', 'the program left something among the temporary files')
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
  withChain({ chain: 'simd', vars: OFFERING }, async ({ fleet, publicNode, sentry, joining, begin }) => {
    done(await fleet.apply('-l', 'public-1,sentry-1'))
    await begin()
    await heightOf(publicNode, 25)
    const server = `http://${publicNode.address}:26657`
    const { result } = (await (await fetch(`${server}/block?height=12`)).json()) as { result: { block_id: { hash: string } } }
    const sync = { rpc_servers: [server, `http://${sentry.address}:26657`], trust_height: 12, trust_hash: result.block_id.hash }
    const words = ['-l', 'public-2', '-e', JSON.stringify({ cosmos_node_state_sync: sync })]
    done(await fleet.apply(...words))
    await heightOf(joining, 26)
    const status = await joining.read(`simd status --home ${HOME}`)
    const earliest = Number(/"earliest_block_height":"(\d+)"/.exec(status)?.[1])
    ok(earliest > 1, `it has blocks from ${earliest} on, so it did not begin with a snapshot`)
    nothing(await fleet.apply(...words))
  }))

test('a new node begins with an archive of the data of another', () =>
  withChain({ chain: 'simd' }, async ({ fleet, publicNode, sentry, joining, begin, folder }) => {
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
  withChain({ chain: 'kvstore' }, async ({ fleet, sentry, begin }) => {
    done(await fleet.apply('-l', 'public-1,sentry-1'))
    await begin()
    await committed(sentry, 5)
    nothing(await fleet.apply('-l', 'public-1,sentry-1'))
    await sentry.read('systemctl restart cosmos-node')
    await committed(sentry, (await committed(sentry, 5)) + 4)
    const refused = await fleet.apply('-l', 'sentry-1', '-e', '{"cosmos_node_config": {"mempool": {"type": "flud"}}}')
    is(refused.code, 1)
    match(refused.err, /unknown mempool type/)
  }))

test('a change comes to the next sentry only when the one before is in step again', () =>
  withChain({ chain: 'simd', joins: 'sentry', vars: STRICT }, async ({ fleet, sentry, joining, begin }) => {
    done(await fleet.apply())
    await begin()
    await Promise.all([sentry, joining].map((host) => heightOf(host, 4)))
    const starts = () => Promise.all([sentry, joining].map((host) => host.read('systemctl show cosmos-node -p InvocationID')))
    await writeFile(join(fleet.folder, 'rolled.yml'), ROLLED)
    const roll = (...words: readonly string[]) => fleet.run('rolled.yml', ...words)
    const notes = () => Promise.all([sentry, joining].map(async (host) => (await host.run(`cat ${NOTE}`)).stdout))

    const [before, running] = [await joining.digest(KEPT), await starts()]
    is((await roll('--check', '-e', 'cosmos_node_log_level=error')).code, 0)
    is(await joining.digest(KEPT), before, 'check mode changed the host')
    equal(await starts(), running, 'check mode restarted a node')
    done(await roll('-e', 'cosmos_node_log_level=error'))
    match(await joining.read(`simd status --home ${HOME}`), /"catching_up":false/)

    const [first, second] = await starts()
    await sentry.read(
      'nft add table inet cut; nft add chain inet cut in "{ type filter hook input priority -200; }"; nft add rule inet cut in tcp dport 26656 drop; nft add rule inet cut in tcp sport 26656 drop',
    )
    // However long this run takes to come to it: its newest block is still one of a node in step.
    const aged = ['-e', 'cosmos_node_block_age=600']
    const stopped = await roll('-e', 'cosmos_node_log_level=info', '-e', 'cosmos_node_back_within=60', ...aged)
    is(stopped.code, 1)
    match(stopped.err, /the node was in step at block \d+, and is not again: after 60 s: it is catching up at block \d+, with 0 peers/)
    const [restarted, untouched] = await starts()
    match((await notes())[0] ?? '', /^\d+ simd-1\n$/)
    is.not(restarted, first)
    is(untouched, second, 'the second sentry was restarted while the first was away')
    const later = await roll('-e', 'cosmos_node_back_within=5')
    is(later.code, 1, 'a later run forgot that the first sentry is not in step')
    match(later.err, /the node was in step at block \d+, and is not again: after 5 s: .+ with -e cosmos_node_back_within=0 nobody waits/)
    is((await starts())[1], second)

    await sentry.read('nft delete table inet cut')
    done(await roll())
    const [same, rolled] = await starts()
    is(same, restarted, 'it was restarted once more')
    is.not(rolled, second)
    nothing(await roll())
    equal(await notes(), ['', ''], 'a note is left on a host')

    const inventory = JSON.parse(await readFile(join(fleet.folder, 'hosts.yml'), 'utf8'))
    inventory.all.children.signer = { hosts: { 'signer-1': { ansible_host: '10.99.9.31' } } }
    await writeFile(join(fleet.folder, 'hosts.yml'), JSON.stringify(inventory))
    await Promise.all([sentry, joining].map((host) => host.read(`rm ${HOME}/config/priv_validator_key.json`)))
    done(await roll('--without-lock', 'simd', '-e', 'cosmos_node_back_within=20'))
    const [waiting, too] = await starts()
    is.not(waiting, same)
    is.not(too, rolled, 'the second sentry waits for the first, and that for signers that come after both')
    equal(await notes(), ['', ''])
  }))

test.run()

/** The height of the newest block that CometBFT tells of in its log, once it has come so far. */
async function committed(host: TestHost, least: number): Promise<number> {
  for (let i = 0; i < 240; i++) {
    const { stdout } = await host.run('journalctl -u cosmos-node --no-pager -o cat')
    const height = Math.max(0, ...Array.from(stdout.matchAll(/committed state .*height=(\d+)/g), ([, found]) => Number(found)))
    if (height >= least) return height
    await sleep(1000)
  }
  throw new Error(`${host.name} did not come to block ${least}`)
}

const OFFERING = {
  cosmos_node_snapshot_interval: 10,
  cosmos_node_config: {
    consensus: { timeout_commit: '1s' },
    // `simd status` asks the loopback, whatever its client.toml says.
    rpc: { laddr: "tcp://{{ ternary (eq fleet.tier 'sentry') fleet.address '0.0.0.0' }}:26657" },
    statesync: { discovery_time: '5s' },
  },
}

/** A public node at an address of the internet has a strict book, and its own peers at private ones. */
const STRICT = { cosmos_node_config: { consensus: { timeout_commit: '1s' }, p2p: { addr_book_strict: true } } }

const ROLLED = JSON.stringify([{ hosts: 'sentry', become: true, serial: 1, max_fail_percentage: 0, roles: ['cosmos_node'] }])
