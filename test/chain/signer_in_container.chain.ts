import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { equal, is, match, ok } from 'uvu/assert'
import { imageOf } from '../../engine/image/archive.ts'
import { rootFolder } from '../../engine/lab/layout.ts'
import { type TestHost, withHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { commonLeader, type Cosigners, succeeds, withCosigners } from './real_cosigners.ts'
import { chainSuite, program } from './suite.ts'

const test = chainSuite('the real signer in a container')

limit(1800)

test('cosigners without internet move into containers and back, never two of one shard at a time', () =>
  withContainers(async ({ cosigners, fleet, keys, containers, mistaken }) => {
    succeeds(await fleet.apply(...keys))
    const since = await Promise.all(cosigners.map(startOf))
    const refused = await fleet.apply(...mistaken)
    is(refused.code, 1)
    match(refused.err, /the program in the image is not release [\d.]+, but says: 0\.38/)
    equal(await Promise.all(cosigners.map(startOf)), since, 'a cosigner was restarted for an image of something else')
    await Promise.all(cosigners.map(watch))

    const native = await Promise.all(cosigners.map((host) => host.digest(KEPT)))
    succeeds(await fleet.apply('--check', ...containers))
    equal(await Promise.all(cosigners.map((host) => host.digest(KEPT))), native, 'check mode changed a host')
    succeeds(await fleet.apply(...containers))
    for (const host of cosigners) await assertContained(host)
    await commonLeader(cosigners)
    const started = await Promise.all(cosigners.map(startOf))
    equal((await fleet.apply(...containers)).results, [], 'a second run changed something')
    equal(await Promise.all(cosigners.map(startOf)), started, 'a second run restarted a cosigner')

    const [one, two, three] = cosigners as readonly [TestHost, TestHost, TestHost]
    await assertHangingIsOnlyTold(one)
    await one.read(`kill -KILL $(${RUNNING})`)
    await settled(one, `[ "$(${RUNNING} | wc -l)" = 1 ] && ${ASKED} leader | grep -q 'leader: [1-9]'`)
    await two.crash()
    await two.boot()
    await settled(two, `[ "$(${RUNNING} | wc -l)" = 1 ] && ${ASKED} leader | grep -q 'leader: [1-9]'`)
    equal((await fleet.apply(...containers)).results, [], 'a run after a crash and a reboot changed something')
    await watch(two)
    await assertStops(two)
    await assertStops(three)
    await settled(one, `${ASKED} leader | grep -q 'leader: -1'`)
    // One whose others are away is well.
    await isCalled('healthy', one)
    await two.read(`sed -i '/^Health/d' ${QUADLET}`)
    succeeds(await fleet.apply(...containers))
    match(await two.read(`cat ${QUADLET}`), /^HealthOnFailure=none$/m)
    await isCalled('healthy', two)
    equal((await fleet.apply(...containers)).results, [], 'a run after a repair changed something')

    const changed = await fleet.apply(...containers, '-e', 'horcrux_raft_timeout=1200ms')
    succeeds(changed)
    for (const [i, start] of (await Promise.all(cosigners.map(startOf))).entries()) ok(start > (started[i] ?? 0))

    succeeds(await fleet.apply('-e', 'horcrux_raft_timeout=1200ms'))
    for (const host of cosigners) {
      is((await host.read(`readlink /proc/$(${RUNNING})/ns/user`)) === (await host.read('readlink /proc/1/ns/user')), false, 'its sandbox')
      match(await host.read(`cat /proc/$(${RUNNING})/cgroup`), /^0::\/system\.slice\/horcrux\.service$/m)
      equal(await host.read('podman-of horcrux ps -aq; ls /etc/holdfast/quadlets/horcrux'), '')
      is(await most(host), '1', 'two signers of one shard ran at a time')
    }
    equal((await fleet.apply('-e', 'horcrux_raft_timeout=1200ms')).results, [], 'a second run without containers changed something')
  }))

test.run()

/** The process that signs, and no podman that has the same words. */
const RUNNING = "pgrep -fx '/usr/local/bin/horcrux --home /var/lib/horcrux start'"
const QUADLET = '/etc/holdfast/quadlets/horcrux/horcrux.container'
const KEPT = ['/etc', '/usr/local', '/opt']
const ASKED = 'timeout 5 runuser -u horcrux -- horcrux --home /var/lib/horcrux'

interface Scene extends Cosigners {
  /** Words of a call that runs the signers in containers. */
  readonly containers: readonly string[]
  /** The same with an image that holds another program. */
  readonly mistaken: readonly string[]
}

async function withContainers(body: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-image-'))
  try {
    const containers = await packed('horcrux', folder)
    const mistaken = await packed('cometbft', folder)
    await withPackages((debs) =>
      withCosigners((scene) => body({ ...scene, containers, mistaken }), { count: 3, threshold: 2, vars: { podman_debs: [...debs] } }),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** An image with this program in the place of the signer, as words of a call. */
async function packed(name: 'horcrux' | 'cometbft', folder: string): Promise<readonly string[]> {
  const { path, version } = program(name)
  const image = imageOf({
    name: 'localhost/horcrux',
    tag: version,
    command: 'horcrux',
    architecture: 'amd64',
    program: await readFile(path),
  })
  const archive = join(folder, `${name}.oci.tar`)
  await writeFile(archive, Buffer.concat(image.archive))
  return ['-e', JSON.stringify({ horcrux_runtime: 'podman', horcrux_image: { name: image.reference, archive } })]
}

/** The packages of podman and all it depends on, as a person would get them for hosts that have no way to any. */
async function withPackages(body: (debs: readonly string[]) => Promise<void>): Promise<void> {
  await withHost(
    async (host) => {
      await host.read(`apt-get update -q && apt-get install -qy --download-only --no-install-recommends \
        podman crun uidmap passt netavark aardvark-dns catatonit dbus-user-session`)
      const folder = join(rootFolder(host.lab, host.name), 'var/cache/apt/archives')
      const debs = (await readdir(folder)).filter((name) => name.endsWith('.deb')).map((name) => join(folder, name))
      ok(
        debs.some((path) => basename(path).startsWith('podman_')),
        'there is no package of podman',
      )
      await body(debs)
    },
    { internet: true },
  )
}

/** Writes down how many signers run, twenty times a second. */
async function watch(host: TestHost): Promise<void> {
  await host.read(
    `systemd-run --quiet --collect sh -c 'while :; do ${RUNNING.replaceAll("'", '"')} | wc -l; sleep 0.05; done >>/var/tmp/signers'`,
  )
}

async function most(host: TestHost): Promise<string> {
  return (await host.read('sort -n /var/tmp/signers | tail -n 1')).trim()
}

async function assertContained(host: TestHost): Promise<void> {
  const status = await host.read(`cat /proc/$(${RUNNING})/status`)
  const uid = (await host.read('id -u horcrux')).trim()
  match(status, new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s`, 'm'))
  match(status, /^CapBnd:\s+0+$/m)
  match(status, /^NoNewPrivs:\s+1$/m)
  match(await host.read(`cat /proc/$(${RUNNING})/cgroup`), /user@\d+\.service.*horcrux\.service/)
  match(await host.read(`cat /proc/$(${RUNNING})/mountinfo`), / \/ \/ ro,/)
  // In the lab the kernel lets no program below zero.
  ok(Number(await host.read(`cat /proc/$(${RUNNING})/oom_score_adj`)) <= 0)
  is((await host.read(`ps -o ni= -p $(${RUNNING})`)).trim(), '-10')
  is((await host.read('systemctl is-active horcrux; podman-of horcrux systemctl is-active horcrux')).trim(), 'active\nactive')
  await isCalled('healthy', host)
  is((await host.read('stat -c %U /var/lib/horcrux/state /var/lib/horcrux/raft /var/lib/horcrux/horcrux.pid | sort -u')).trim(), 'horcrux')
}

async function assertStops(host: TestHost): Promise<void> {
  await host.read('systemctl stop horcrux')
  is((await host.run(RUNNING)).stdout, '', 'the signer runs on although its unit was stopped')
}

/** Asks the signer as podman does until podman calls it so: several bad answers in a row count, and none of the first minute after the start. */
async function isCalled(expected: 'healthy' | 'unhealthy', host: TestHost): Promise<void> {
  const asking = `podman-of horcrux healthcheck run horcrux >/dev/null 2>&1; podman-of horcrux inspect -f '{{.State.Health.Status}}' horcrux`
  const until = Date.now() + 180_000
  let said = (await host.read(asking)).trim()
  while (said !== expected && Date.now() < until) said = (await host.read(asking)).trim()
  is(said, expected, host.name)
}

/** One that hangs is called unhealthy, runs on as the process it was, and is well as soon as it answers. */
async function assertHangingIsOnlyTold(host: TestHost): Promise<void> {
  const running = await host.read(`${RUNNING}; systemctl show -p NRestarts --value horcrux`)
  const started = await startOf(host)
  await host.read(`kill -STOP $(${RUNNING})`)
  await isCalled('unhealthy', host)
  await host.read(`kill -CONT $(${RUNNING})`)
  await settled(host, `${ASKED} leader | grep -q 'leader: [1-9]'`)
  await isCalled('healthy', host)
  is(await host.read(`${RUNNING}; systemctl show -p NRestarts --value horcrux`), running, 'it was restarted')
  is(await startOf(host), started)
}

async function startOf(host: TestHost): Promise<number> {
  return Number(await host.read('systemctl show -p ExecMainStartTimestampMonotonic --value horcrux'))
}

async function settled(host: TestHost, condition: string): Promise<void> {
  const { rc } = await host.run(`for i in $(seq 180); do ${condition} && exit 0; sleep 1; done; exit 1`)
  if (rc !== 0)
    throw new Error(`${host.name} never came to: ${condition}\n${(await host.run('journalctl -n 40 --no-pager -o cat')).stdout}`)
}
