import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { newNodeKey } from '../../engine/core/node_key.ts'
import { type Fleet, withFleet } from '../support/fleet.ts'
import { labSuite, type TestHost, withHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { withScratch } from '../support/scratch.ts'
import { soon } from '../support/soon.ts'
import { STAND_IN_COSMOVISOR } from '../support/stand_in_cosmovisor.ts'
import { STAND_IN_NODE } from '../support/stand_in_node.ts'

const test = labSuite('role cosmovisor')
limit(300)

const HOME = '/var/lib/cosmos-node'
const WATCHED = ['/etc', '/opt', '/usr/local', '/var/lib']

test('puts Cosmovisor between systemd and the program, and then finds nothing to do', () =>
  withNode(async ({ fleet, host }) => {
    const before = await host.digest(WATCHED)
    assert.is((await fleet.apply('--check')).code, 0)
    assert.is(await host.digest(WATCHED), before, 'check mode changed the host')
    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
    // systemd calls it started before it has noted anything.
    await host.read(soon(`pgrep -u cosmos-node -fx 'sleep infinity'`))
    assert.is(await host.read(`cd ${HOME}; readlink cosmovisor/current; cat data/starts`), 'genesis\nstarted\n')
    assert.is(
      await host.read(
        `cd ${HOME}/cosmovisor; stat -c '%a %U %n' genesis/bin genesis/bin/simd upgrades/v2 upgrades/v2/bin/simd upgrades ../backups`,
      ),
      LAYOUT,
    )
    const environment = await host.read('systemctl show cosmos-node -p Environment')
    for (const set of [
      'DAEMON_NAME=simd',
      `DAEMON_HOME=${HOME}`,
      'UNSAFE_SKIP_BACKUP=false',
      'DAEMON_POLL_INTERVAL=1s',
      `DAEMON_DATA_BACKUP_DIR=${HOME}/backups`,
    ])
      assert.match(environment, set)
    await host.read('systemctl is-active cosmos-node && pgrep -u cosmos-node -fx "sleep infinity"')
    await nothing(fleet)
  }))

test('puts back what someone changes, and never the link that an upgrade moved', () =>
  withNode(async ({ fleet, host }) => {
    assert.is((await fleet.apply()).code, 0)
    await host.read(`cd ${HOME}/cosmovisor; echo x >>upgrades/v2/bin/simd; ln -sfn upgrades/v2 current
      sed -i s/SKIP_BACKUP=false/SKIP_BACKUP=true/ /etc/systemd/system/cosmos-node.service.d/cosmovisor.conf
      printf '{"name":"v2","height":7}' | tee ../data/upgrade-info.json >upgrades/v2/upgrade-info.json`)
    const mended = await fleet.apply()
    assert.is(mended.code, 0, mended.err)
    assert.equal(
      mended.results.map(({ task }) => task.replace(/^.* : /, '')),
      ['the unit of the node', 'its program, from the controller', 'the unit of the node runs Cosmovisor', 'restart the node'],
    )
    assert.is(await host.read(`readlink ${HOME}/cosmovisor/current`), 'upgrades/v2\n')
    await nothing(fleet)
    await host.read(`printf '{"name":"v3","height":9}' >${HOME}/data/upgrade-info.json`)
    const refused = await fleet.apply()
    assert.is(refused.code, 1)
    assert.match(refused.err, /tells of the upgrade `v3`, the current program of `v2`/)
  }))

test('a plan with capitals is the same plan after Cosmovisor wrote its name in small letters', () =>
  withNode(async ({ fleet, host }) => {
    assert.is((await fleet.apply()).code, 0)
    await host.read(`cd ${HOME}/cosmovisor; printf '{"name":"V2","height":7}' >../data/upgrade-info.json`)
    await nothing(fleet)
    await host.read(`cd ${HOME}/cosmovisor; ln -sfn upgrades/v2 current
      printf '{"name":"v2","time":"0001-01-01T00:00:00Z","height":"7"}' >upgrades/v2/upgrade-info.json`)
    await nothing(fleet)
    assert.is(await host.read(`readlink ${HOME}/cosmovisor/current`), 'upgrades/v2\n')
  }))

test('a host that begins past an upgrade begins with its program, and the plan counts as carried out', () =>
  withNode(async ({ fleet, host }) => {
    await host.read(`mkdir -p ${HOME}/data; printf '{"name":"v2","height":7}' >${HOME}/data/upgrade-info.json`)
    const first = await fleet.apply('-e', 'cosmovisor_begin_at=V2')
    assert.is(first.code, 0, first.err)
    assert.is(
      await host.read(`cd ${HOME}/cosmovisor; readlink current; cat current/upgrade-info.json`),
      'upgrades/v2\n{"name":"v2","height":7}',
    )
    await nothing(fleet)
    const without = await fleet.apply('-e', '{"cosmos_node_cosmovisor": false}')
    assert.is(without.code, 0, without.err)
    assert.match(await host.read('systemctl show cosmos-node -p ExecStart'), '/opt/holdfast/programs/simd/v1/simd start')
    await nothing(fleet, '-e', '{"cosmos_node_cosmovisor": false}')
  }))

const program = (version: string): Json => ({ cosmovisor_program: { name: 'cosmovisor', version, file: '/bin/true' } })

test('what makes Cosmovisor fail or switch too early is refused before anything is changed', () =>
  withNode(async ({ fleet, host }) => {
    const before = await host.digest(WATCHED)
    for (const [vars, message] of [
      [program('v1.6.0'), /switches programs too early/],
      [program('1.5.0'), /sees no upgrade/],
      [program('latest'), /say which release/],
      [{ cosmovisor_poll_interval: '0s' }, /a number from 1/],
      [{ cosmovisor_backup_dir: 'backups' }, /absolute/],
      [{ cosmovisor_skip_backup: 'perhaps' }, /cosmovisor_skip_backup/],
      [{ cosmovisor_allow_download: true, cosmovisor_download_must_have_checksum: false }, /without a digest/],
      [{ cosmovisor_upgrades: [{ name: 'a/b', program: { file: '/bin/true' } }] }, /the `name` of its plan/],
      [{ cosmovisor_begin_at: 'v9' }, /`cosmovisor_begin_at`/],
    ] as const) {
      const refused = await fleet.apply('-e', JSON.stringify(vars))
      assert.is.not(refused.code, 0, JSON.stringify(vars))
      assert.match(refused.err, message, `${JSON.stringify(vars)}: ${refused.err}`)
    }
    assert.is(await host.digest(WATCHED), before)
  }))

test.run()

const LAYOUT = `750 root genesis/bin
750 root genesis/bin/simd
750 cosmos-node upgrades/v2
750 root upgrades/v2/bin/simd
750 cosmos-node upgrades
750 cosmos-node ../backups
`

/** What the roles leave on a host; quicker than a new disk. */
const WIPE = `systemctl disable --now cosmos-node; rm -rf ${HOME} /opt/holdfast /usr/local/bin/simd /usr/local/bin/cosmovisor /var/lib/holdfast
rm -rf /etc/systemd/system/cosmos-node.service*; systemctl daemon-reload; userdel cosmos-node; groupdel cosmos-node`

interface Node {
  readonly fleet: Fleet
  readonly host: TestHost
}

async function withNode(body: (node: Node) => Promise<void>): Promise<void> {
  await withScratch(async (folder) => {
    await writeFile(join(folder, 'simd'), STAND_IN_NODE)
    await writeFile(join(folder, 'simd-2'), `${STAND_IN_NODE}# of the next release\n`)
    await writeFile(join(folder, 'cosmovisor'), STAND_IN_COSMOVISOR)
    await writeFile(join(folder, 'genesis.json'), '{"chain_id": "simd-1"}\n')
    await withHost(async (host) => {
      await host.run(WIPE)
      const vars = {
        chain: 'simd',
        cosmos_node_program: { name: 'simd', version: 'v1', file: join(folder, 'simd') },
        cosmos_node_genesis: { file: join(folder, 'genesis.json') },
        cosmos_node_start_seconds: 0,
        cosmovisor_program: { name: 'cosmovisor', version: 'v1.7.3', file: join(folder, 'cosmovisor') },
        cosmovisor_upgrades: [{ name: 'V2', program: { file: join(folder, 'simd-2') } }],
        node_key: newNodeKey(),
      }
      await withFleet({ groups: { public: [host] }, roles: ['cosmos_node'], vars }, (fleet) => body({ fleet, host }))
    })
  })
}

async function nothing(fleet: Fleet, ...words: readonly string[]): Promise<void> {
  const again = await fleet.apply(...words)
  assert.is(again.code, 0, again.err)
  assert.equal(again.results, [], 'a second run changed something')
}
