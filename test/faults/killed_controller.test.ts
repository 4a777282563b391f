/** The controller is killed with -9 in the middle of an apply, at moments spread over the whole of it. */
import * as assert from 'uvu/assert'
import { withHost, labSuite, type TestHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import type { Relay } from '../support/relay.ts'
import { assertClean, type Project, reached, until, withFleet, withRelay } from './applied.ts'

limit(180)
const test = labSuite('a killed controller')

const FILES = 8
const MOMENTS = 8
/** What is staged, and what is owed. */
const LEFT_OVER = 'ls -A /var/tmp/holdfast-root /var/lib/holdfast 2>/dev/null || true'

/** Files small and large, whole and by template, each of another version; every change notifies a handler. */
function site(version: string): string {
  const copies = Array.from(
    { length: FILES },
    (_, i) => `    - copy: { content: '{{ "${version}-${i}" }}', dest: /srv/faults/${i}, mode: '0644' }\n      notify: count\n`,
  )
  return `- hosts: all
  become: true
  tasks:
    - file: { path: /srv/faults, state: directory }
${copies.join('')}    - copy: { src: large-${version}, dest: /srv/faults/large, mode: '0644' }
      notify: count
    - template: { src: page.hbs, dest: /srv/faults/page, mode: '0644' }
      vars: { version: '${version}' }
      notify: count
  handlers:
    - name: count
      shell: echo ran >> /srv/handled
`
}

const LARGE = { old: 'old line\n'.repeat(150_000), new: 'new line\n'.repeat(170_000) }
const PROJECT = {
  'playbooks/files/large-old': LARGE.old,
  'playbooks/files/large-new': LARGE.new,
  'playbooks/templates/page.hbs': 'version {{ version }}\n',
}

test('every file is the old one or the new one, nothing is left over, and the next apply makes the rest so', () =>
  withHost(async (host) => {
    let breakAt = Number.POSITIVE_INFINITY
    let kill: () => void = () => undefined
    const onPass = ({ bytes }: Relay): void => {
      if (bytes.down >= breakAt) kill()
    }
    await withRelay(host, onPass, async (between, vars) =>
      withFleet({ [host.name]: vars }, { ...PROJECT, 'playbooks/site.yml': site('old') }, async (project) => {
        await applied(project, 'old')
        const old = await contents(host)
        const before = between.bytes.down
        await applied(project, 'new')
        const length = between.bytes.down - before
        const fresh = await contents(host)
        assert.is(old.size, FILES + 2)
        let halves = 0
        for (let moment = 1; moment <= MOMENTS; moment++) {
          await applied(project, 'old')
          await host.read('rm -f /srv/handled')
          await project.write({ 'playbooks/site.yml': site('new') })
          const { child, ended } = project.apply()
          kill = () => child.kill('SIGKILL')
          breakAt = between.bytes.down + (length * moment) / (MOMENTS + 1)
          await ended
          breakAt = Number.POSITIVE_INFINITY
          await quiet(host)
          halves += Number(assertWhole(await contents(host), { old, fresh }))
          await applied(project, 'new')
          assert.equal(await contents(host), fresh)
          assert.match(await host.read('cat /srv/handled'), /^ran$/m, `the handler ran after moment ${moment}`)
          assert.is(await host.read(LEFT_OVER), '')
        }
        assert.ok(halves > 0, 'some moments fell between two changes')
        await host.read('rm -rf /srv/faults /srv/handled')
      }),
    )
  }))

test('a handler whose change was made runs at the next apply, though that finds nothing to change', () =>
  withHost((host) =>
    withFleet({ [host.name]: reached(host) }, { 'playbooks/site.yml': OWING }, async (project) => {
      const running = project.apply()
      await until(async () => (await host.run('[ -e /srv/waiting ]')).rc === 0, 'the task after the change')
      running.child.kill('SIGKILL')
      await running.ended
      assert.is(await host.read('cat /srv/faults.conf'), 'x')
      assert.is((await host.run('[ -e /srv/handled ]')).rc, 1, 'the handler has not run')
      await host.read('touch /srv/go')
      await quiet(host)
      const next = await project.applied()
      assertClean(next)
      assert.is(next.code, 0, next.err)
      assert.is(await host.read('cat /srv/handled'), 'ran\n')
      const third = await project.applied()
      assert.match(third.err, /nothing to change|0 changed/i)
      assert.is(await host.read('cat /srv/handled; ls -A /var/lib/holdfast 2>/dev/null || true'), 'ran\n', 'once, and nothing is owed')
      await host.read('rm -rf /srv/faults.conf /srv/handled /srv/waiting /srv/go')
    }),
  ))

test.run()

const OWING = `- hosts: all
  become: true
  tasks:
    - copy: { content: x, dest: /srv/faults.conf, mode: '0644' }
      notify: count
    - shell: touch /srv/waiting; while [ ! -e /srv/go ]; do sleep 0.1; done
      changed_when: false
  handlers:
    - name: count
      shell: echo ran >> /srv/handled
`

interface Versions {
  readonly old: Map<string, string>
  readonly fresh: Map<string, string>
}

/** Asserts that every file is of one version; tells whether some were of the new one. */
function assertWhole(between: Map<string, string>, { old, fresh }: Versions): boolean {
  assert.equal([...between.keys()].sort(), [...old.keys()].sort(), 'no file is left over or gone')
  for (const [path, digest] of between) assert.ok(digest === old.get(path) || digest === fresh.get(path), `${path} is half written`)
  return [...between].some(([path, digest]) => digest !== old.get(path))
}

/** Applies one version to its end. */
async function applied(project: Project, version: string): Promise<void> {
  await project.write({ 'playbooks/site.yml': site(version) })
  const ended = await project.applied()
  assertClean(ended)
  assert.is(ended.code, 0, ended.err)
}

/** Waits until no process of the automation's login is left. */
async function quiet(host: TestHost): Promise<void> {
  const busy = `pgrep -u ${host.user} -x 'sh|sshd|sshd-session' ; pgrep -x sudo`
  await until(async () => (await host.read(`{ ${busy}; } | wc -l`)).trim() === '0', 'what was begun to end on the host')
}

/** The digest of every file below the folder, temporary ones too. */
async function contents(host: TestHost): Promise<Map<string, string>> {
  const lines = (await host.read('find /srv/faults -type f -exec sha256sum {} +')).trim().split('\n')
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]))
}
