import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { at, plain } from '../../engine/core/node.ts'
import { readDocument } from '../../engine/source/read.ts'
import { alone } from '../support/alone.ts'
import { withFleet } from '../support/fleet.ts'
import { labSuite, type TestHost, withHost } from '../support/lab.ts'
import { soon } from '../support/soon.ts'

alone('kernel settings')
const test = labSuite('role tuning')

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** What the lab leaves out, because it would change the machine the lab runs on. */
const SHARED =
  (plain(at(readDocument(`${ROOT}inventories/lab/group_vars/all.yml`), 'tuning_sysctl_without') as never) as readonly string[]) ?? []

const UNITS = { 'cron.service': { CPUAffinity: '0', Nice: 5 } }
const WATCHED = ['/etc']

/** What someone might do to a host, and the task that undoes it. */
const DRIFTS: readonly (readonly [command: string, task: string])[] = [
  ['echo net.core.somaxconn=1 >>/etc/sysctl.d/60-holdfast-tuning.conf', 'kernel parameters at boot'],
  ['echo 1 >/proc/sys/net/ipv4/tcp_slow_start_after_idle', 'kernel parameters now'],
  ['echo w- /sys/x >>/etc/tmpfiles.d/holdfast-hugepages.conf', 'huge pages are left to the kernel'],
  ['rm /etc/systemd/system.conf.d/50-holdfast-tuning.conf', 'files and processors of services that say nothing else'],
  ['chmod 600 /etc/security/limits.d/20-holdfast-tuning.conf', 'open files of logins'],
  ['sed -i s/Nice=5/Nice=9/ /etc/systemd/system/cron.service.d/60-holdfast-tuning.conf', 'settings of single units'],
]

test('check mode touches nothing, a second run changes nothing, and what drifts is repaired', () =>
  withTuned('sentry', {}, async (host, fleet) => {
    const before = await host.digest(WATCHED)
    const foretold = await fleet.apply('--check')
    assert.is(foretold.code, 0, foretold.err)
    assert.is(await host.digest(WATCHED), before, 'check mode changed the host')
    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
    assert.equal((await fleet.apply()).results, [], 'a second run changed something')

    const proc = '/proc/sys/net/ipv4'
    assert.equal(
      (
        await host.read(`cat ${proc}/tcp_slow_start_after_idle ${proc}/tcp_rmem ${proc}/ip_local_port_range ${proc}/tcp_congestion_control`)
      ).replaceAll('\t', ' '),
      '0\n4096 131072 16777216\n28000 65535\nbbr\n',
    )
    const limits = await host.read('systemctl show -p DefaultLimitNOFILE -p DefaultLimitNOFILESoft')
    assert.is(limits, 'DefaultLimitNOFILE=1048576\nDefaultLimitNOFILESoft=1024\n')
    await host.read('systemctl restart cron')
    // systemd calls it started before it has its processors.
    await host.read(soon(`taskset -pc $(systemctl show -p MainPID --value cron) | grep 'list: 0$'`))
    assert.is(await host.read('systemctl show -p Nice cron'), 'Nice=5\n')

    await host.read(DRIFTS.map(([command]) => command).join('\n'))
    const mended = await fleet.apply()
    assert.is(mended.code, 0, mended.err)
    const expected = DRIFTS.map(([, task]) => `tuning : ${task}`)
    assert.equal(
      [...new Set(mended.results.map(({ task }) => task))].filter((task) => expected.includes(task)),
      expected,
    )
    assert.equal((await fleet.apply()).results, [])
  }))

test('what single units were given is taken back', () =>
  withTuned('sentry', {}, async (host, fleet) => {
    const places = 'ls /etc/systemd/system/*.d/60-holdfast-tuning.conf'
    const units = (value: object) => fleet.apply('--tags', 'units', '-e', JSON.stringify({ tuning_units: value }))
    await units({ ...UNITS, 'cosmos-node.service': { Nice: 1 } })
    assert.is((await host.read(places)).split('\n').length, 3)
    // One of the fleet's own need not be named any more.
    assert.is((await units({ 'cron.service': {} })).code, 0)
    assert.is.not((await host.run(places)).rc, 0)
    assert.equal((await units({ 'cron.service': {} })).results, [])
  }))

test('each tier has its preset, and none of them changes what is shared with the machine', () =>
  withTuned('cosigner', {}, async (host, fleet) => {
    const machine = '/proc/sys/vm/swappiness /proc/sys/vm/dirty_ratio /proc/sys/vm/max_map_count /proc/sys/fs/inotify/max_user_instances'
    const before = await host.read(`cat ${machine}`)
    for (const preset of ['public', 'sentry', 'cosigner', 'monitoring', 'bastion', 'other']) {
      const { code, err } = await fleet.apply('-e', `tuning_preset=${preset}`, '--tags', 'kernel')
      assert.is(code, 0, err)
      assert.match(await host.read('head -1 /etc/sysctl.d/60-holdfast-tuning.conf'), `role tuning: ${preset}.`)
    }
    assert.is(await host.read(`cat ${machine}`), before)
  }))

test('a way of sending that the kernel does not have is told, and nothing fails', () =>
  withTuned('sentry', { tuning_congestion_control: 'warp' }, async (host, fleet) => {
    const { code, err } = await fleet.apply()
    assert.is(code, 0, err)
    assert.match(err, 'this kernel has no `warp`, only reno')
    assert.not.match(await host.read('cat /etc/sysctl.d/60-holdfast-tuning.conf'), 'congestion')
  }))

test('the rules for disks are what udev reads', () =>
  withHost(
    async (host) => {
      await host.read(
        'apt-get update -qq >/dev/null 2>&1; DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends udev >/dev/null 2>&1',
      )
      const vars = { tuning_disks: true, tuning_read_ahead_kb: 128, tuning_sysctl_without: SHARED }
      await withFleet({ groups: { sentry: [host] }, roles: ['tuning'], vars }, async (fleet) => {
        // There are no disks here to be asked about, and no udev that runs.
        const { results } = await fleet.apply('--tags', 'disks', '--check')
        assert.equal(results.map(({ task }) => task)[0], 'tuning : which disk gets which scheduler')
        await fleet.apply('--tags', 'disks')
        const rules = '/etc/udev/rules.d/60-holdfast-scheduler.rules'
        assert.match(await host.read(`cat ${rules}`), 'ATTR{queue/scheduler}="mq-deadline"')
        assert.is((await host.run(`udevadm verify ${rules}`)).rc, 0)
        await host.read(`echo 'KERNEL=="x", NONSENSE="y"' >>${rules}`)
        assert.is((await host.run(`udevadm verify ${rules}`)).rc, 1, 'a rule that is wrong would not be noticed')
      })
      await host.pristine()
    },
    { internet: true },
  ))

test('what cannot be meant is refused', () =>
  withTuned('sentry', {}, async (_host, fleet) => {
    const range = await fleet.apply(
      '-e',
      '{"tuning_sysctl": {"net.ipv4.ip_local_port_range": "1024 65535"}}',
      '-e',
      '{"tuning_chain_ports": [26656]}',
    )
    assert.is(range.code, 1)
    assert.match(range.results[0]?.message ?? '', 'a port of the chain is one from which connections go out')
  }))

test('values that a role does not take are refused before any host is contacted', async () => {
  await withTuned('sentry', { tuning_scheduler_ssd: 'best' }, async (_host, fleet) => {
    const { code, errors } = await fleet.apply()
    assert.is(code, 2)
    assert.match(errors.join('\n'), '`tuning_scheduler_ssd` cannot be `best`, says the role `tuning`')
  })
  await withTuned('sentry', { tuning_preset: 'fast' }, async (_host, fleet) => {
    const { code, errors } = await fleet.apply()
    assert.is(code, 2)
    assert.match(errors.join('\n'), 'found no `fast`')
  })
})

test('no kernel parameter is kept by two roles', () => {
  const vars = (role: string) => plain(readDocument(`${ROOT}roles/${role}/vars/main.yml`)) as { readonly [name: string]: object }
  const hardening = Object.keys(vars('hardening')['hardening_sysctl_values'] ?? {})
  const tuning = Object.entries(vars('tuning')).flatMap(([name, value]) =>
    /^tuning_sysctl_[a-z]+$/.test(name) && typeof value === 'object' ? Object.keys(value) : [],
  )
  assert.ok(hardening.length > 40 && tuning.length > 15)
  assert.equal(
    tuning.filter((name) => hardening.includes(name)),
    [],
  )
  const shared = tuning.filter((name) => !name.startsWith('net.'))
  assert.equal(
    shared.filter((name) => !SHARED.includes(name)),
    [],
    'inventories/lab would change the machine',
  )
  for (const file of ['sysctl', 'limits', 'system', 'scheduler', 'hugepages'])
    assert.match(
      readFileSync(`${ROOT}roles/tuning/templates/${file}.${file === 'scheduler' ? 'rules' : 'conf'}.hbs`, 'utf8'),
      'Kept by Holdfast, role tuning',
    )
})

test.run()

type Body = Parameters<typeof withFleet>[1] extends (fleet: infer F) => unknown ? (host: TestHost, fleet: F) => Promise<void> : never

async function withTuned(group: string, vars: { readonly [name: string]: string }, body: Body): Promise<void> {
  await withHost(async (host) => {
    const request = {
      groups: { [group]: [host] },
      roles: ['tuning'],
      vars: { tuning_sysctl_without: SHARED, tuning_units: UNITS, tuning_preset: group, ...vars },
    }
    await withFleet(request, (fleet) => body(host, fleet))
  })
}
