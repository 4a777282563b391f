import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { imageOf } from '../../engine/image/archive.ts'
import { type Fleet, type FleetRun, withFleet } from '../support/fleet.ts'
import { labSuite, type TestHost, withHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { tinyProgram } from '../support/tiny_program.ts'

const test = labSuite('role podman')
// apt brings podman, and each host is asked some forty times.
limit(600)
const INTERNET = { internet: true }

const { reference, archive } = imageOf({
  name: 'localhost/tiny',
  tag: 'v1',
  command: 'tiny',
  architecture: 'amd64',
  program: tinyProgram(),
})

const CONTAINER = {
  name: 'tiny',
  user: 'pods',
  image: reference,
  network: 'host',
  volumes: ['/var/lib/pods:/var/lib/pods'],
  environment: { COLOUR: 'deep blue' },
  memory: '100M',
  cpu: '50%',
  tasks: 64,
  stop_timeout: 1,
  health: { command: ['/usr/local/bin/tiny', 'well'], interval: '2s', start_period: '0s' },
}

test('a container runs for a user, again after each drift and after a reboot, and a second apply changes nothing', () =>
  withPods({}, async (host, fleet) => {
    const first = await fleet.apply()
    assert.is(first.code, 0, first.err)
    assert.equal((await fleet.apply()).results, [], 'a second run changed something')
    assert.match(await host.read('ps -o user=,args= -C tiny'), /^pods +\/usr\/local\/bin\/tiny/)
    await assertBound(host)

    const drifts: readonly (readonly [string, readonly string[]])[] = [
      ['rm /var/lib/systemd/linger/pods', ['who runs containers']],
      ["sed -i '/^pods/d' /etc/subuid", ['who runs containers']],
      ['echo x >>/etc/containers/policy.json', ['which images are believed']],
      ['echo "# x" >>/etc/containers/storage.conf', ['how containers are run']],
      ['rm /etc/systemd/user/podman-auto-update.timer', ['no image of a user is renewed by itself']],
      ['rm /opt/holdfast/images/*', ['archives of images']],
      [`${PODS} systemctl stop tiny`, ['it runs']],
      [`${PODS} systemctl stop tiny; ${PODS} image rm ${reference}`, ['images', 'it runs']],
      ['rm /etc/containers/systemd/users/*', ['what is run', 'restart changed containers']],
      [
        `sed -i s/100M/200M/ /etc/holdfast/quadlets/pods/tiny.container; ${PODS} systemctl daemon-reload`,
        ['what is run', 'restart changed containers'],
      ],
    ]
    for (const [drift, tasks] of drifts) {
      await host.read(drift)
      const before = await host.digest(WATCHED)
      const looked = await fleet.apply('--check')
      assert.is(await host.digest(WATCHED), before, `check mode changed the host after: ${drift}`)
      const mended = await fleet.apply()
      assert.is(mended.code, 0, mended.err)
      assert.equal(
        tasksOf(looked),
        tasks.map((task) => `podman : ${task}`),
        drift,
      )
      assert.equal(tasksOf(mended).slice(0, tasks.length), tasksOf(looked), drift)
      assert.equal((await fleet.apply()).results, [], `a second run changed something after: ${drift}`)
    }
    await host.crash()
    await host.boot()
    await settled(host, `${PODS} systemctl is-active tiny`)
    assert.equal((await fleet.apply()).results, [])
  }))

test('a changed quadlet restarts its container, once, and an image that is not the pinned one is refused', () =>
  withPods({}, async (host, fleet, file) => {
    assert.is((await fleet.apply()).code, 0)
    const pid = await host.read(TINY)
    const changed = { podman_containers: JSON.stringify([{ ...CONTAINER, memory: '120M' }]) }
    const second = await fleet.apply('-e', `{"podman_containers": ${changed.podman_containers}}`)
    assert.equal(tasksOf(second), ['podman : what is run', 'podman : restart changed containers'])
    assert.is.not(await host.read(TINY), pid)
    assert.equal((await fleet.apply('-e', `{"podman_containers": ${changed.podman_containers}}`)).results, [])

    const other = reference.replace(/.{8}$/, '00000000')
    const images = [{ name: other, user: 'pods', archive: file }]
    const wrong = await fleet.apply('-e', JSON.stringify({ podman_images: images }))
    assert.is(wrong.code, 1)
    assert.match(wrong.results.at(-1)?.message ?? '', 'holds another image')
  }))

test('only images that root has brought are believed, and a container that is unwell is started anew', () =>
  withPods(
    { podman_containers: [{ ...CONTAINER, health: { ...CONTAINER.health, command: ['/usr/local/bin/tiny', 'un', 'well'] } }] },
    async (host, fleet) => {
      const applied = await fleet.apply()
      assert.is(applied.code, 0, applied.err)
      // It may be between two starts in this moment.
      await settled(host, `${TINY} >/run/first`)
      await settled(host, `${TINY} | grep -vqxf /run/first`)
      await host.read(`cp /opt/holdfast/images/${reference.replace(/.*:/, '')}.oci.tar /tmp/mine.tar; chmod 644 /tmp/mine.tar`)
      assert.match((await host.run(`${PODS} load -i /tmp/mine.tar`)).stderr, 'rejected by policy')
      assert.match((await host.run(`cat /tmp/mine.tar | ${PODS} load`)).stderr, 'rejected by policy')
    },
  ))

test('what cannot be kept is refused before anything is changed', () =>
  withPods({}, async (host, fleet) => {
    const before = await host.digest(['/etc', '/opt'])
    const refused = async (vars: object): Promise<string> => {
      const { code, results, errors } = await fleet.apply('-e', JSON.stringify(vars))
      assert.is.not(code, 0)
      return [...results.map(({ message }) => message), ...errors].join('\n')
    }
    assert.match(await refused({ podman_containers: [{ ...CONTAINER, image: 'localhost/tiny:v1' }] }), 'named by its digest')
    assert.match(
      await refused({ podman_images: [{ name: 'localhost/tiny:v1', user: 'pods', archive: 'tiny.oci.tar' }] }),
      'form it cannot have',
    )
    assert.match(await refused({ podman_containers: [{ ...CONTAINER, user: 'root' }] }), 'must be one of `podman_users`')
    assert.match(await refused({ podman_containers: [{ ...CONTAINER, exec: ['$HOME'] }] }), 'holds `$`')
    assert.match(await refused({ podman_containers: [{ ...CONTAINER, memroy: '1G' }] }), '`podman_containers[0].memroy` is not a key')
    assert.match(await refused({ podman_release: 'Debian 12' }), 'podman of Debian 12 is too old')
    assert.is(await host.digest(['/etc', '/opt']), before)
  }))

test.run()

const WATCHED = ['/etc', '/opt', '/var/lib/systemd/linger']
const PODS = 'podman-of pods'
/** Its number, and not that of the same program being asked every two seconds whether it is well. */
const TINY = 'pgrep -fx /usr/local/bin/tiny'

/** A host with a user `pods` and one tiny container, on its way. */
async function withPods(vars: object, body: (host: TestHost, fleet: Fleet, file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-image-'))
  try {
    const file = join(folder, 'tiny.oci.tar')
    await writeFile(file, Buffer.concat(archive))
    await withHost(async (host) => {
      await host.read('apt-get update -q')
      const wanted = {
        podman_users: [{ name: 'pods', home: '/var/lib/pods' }],
        podman_images: [{ name: reference, user: 'pods', archive: file }],
        podman_containers: [CONTAINER],
        ...vars,
      }
      await withFleet({ groups: { public: [host] }, roles: ['podman'], vars: wanted }, (fleet) => body(host, fleet, file))
    }, INTERNET)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Everything the container was told about its bounds stands where the kernel, systemd and podman read it. */
async function assertBound(host: TestHost): Promise<void> {
  const limits = await host.read(`${PODS} systemctl show -p MemoryMax -p TasksMax -p CPUQuotaPerSecUSec tiny`)
  assert.equal(limits.trim().split('\n').sort(), ['CPUQuotaPerSecUSec=500ms', 'MemoryMax=104857600', 'TasksMax=64'])
  const status = await host.read(`cat /proc/$(${TINY})/status`)
  assert.match(status, /^CapEff:\s+0+$/m)
  assert.match(status, /^CapBnd:\s+0+$/m)
  assert.match(status, /^NoNewPrivs:\s+1$/m)
  assert.match(await host.read(`cat /proc/$(${TINY})/mountinfo`), / \/ \/ ro,/)
  assert.match(await host.read(`tr '\\0' '\\n' </proc/$(${TINY})/environ`), /^COLOUR=deep blue$/m)
  await settled(host, `[ "$(${PODS} inspect tiny -f '{{.State.Health.Status}}')" = healthy ]`)
  assert.match(await host.read('systemctl is-enabled podman-auto-update.timer || true'), 'masked')
}

async function settled(host: TestHost, condition: string): Promise<void> {
  await host.read(
    `for i in $(seq 60); do ${condition} >/dev/null 2>&1 && exit 0; sleep 0.5; done; echo 'never: ${condition.replaceAll("'", '')}' >&2; exit 1`,
  )
}

function tasksOf({ results }: FleetRun): readonly string[] {
  return results.map(({ task }) => task)
}
