import * as assert from 'uvu/assert'
import { assertClean, until } from '../faults/applied.ts'
import { labSuite, type TestHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { written } from '../../engine/guard/holder.ts'
import { withSigners } from './signers.ts'

limit(300)
const test = labSuite('fleet lock on real hosts')

/** A change that takes its time on the first cosigner, and one that does not on the others. */
const SITE = `- hosts: cosigner
  become: true
  gather_facts: false
  serial: 1
  tasks:
    - copy: { content: "{{ setting }}", dest: /srv/setting }
    - command: { argv: [sleep, "{{ seconds }}"], creates: /srv/slept }
      changed_when: false
`
/** Ends what holds the lock, and holds it in its place. */
const TAKE_AWAY = `f=/run/holdfast/fleet-simd.lock
for p in /proc/[0-9]*; do [ "$(readlink $p/fd/9)" != $f ] || kill -9 \${p#/proc/}; done
echo ${written({ run: 'another', user: 'eve', from: 'elsewhere', process: 1, since: 'then', doing: 'apply' })} > $f
setsid flock $f sleep 40 > /dev/null 2>&1 < /dev/null &`
const THREE = { count: 3, threshold: 2, site: SITE }

test('a second run is refused, and told who has the lock, since when, from where and doing what', () =>
  withSigners(THREE, async ({ project, cosigners }) => {
    const first = project.apply('-e', 'setting=one', '-e', 'seconds=6000')
    await until(() => isLocked(cosigners), 'the lock to be taken', 60_000)
    const second = await project.applied('-e', 'setting=two', '-e', 'seconds=0', '--limit', 'cosigner-3')
    assert.is(second.code, 1, second.err)
    assertClean(second)
    assert.match(
      second.err,
      /error\[fleet-locked\]: the fleet `simd` is locked by `root` on `[^`]+` \(process \d+\) since \d{4}-\d\d-\d\dT[\d:.]+Z: `apply playbooks\/site.yml`; nothing was changed/,
    )
    await cosigners[2]?.read('! [ -e /srv/setting ]')

    const third = await project.applied('-e', 'setting=one', '-e', 'seconds=0', '--limit', 'cosigner-1', '--check')
    assert.is(third.code, 0, `who only looks needs no lock:\n${third.err}`)

    first.child.kill('SIGKILL')
    await first.ended
    const after = await project.applied('-e', 'setting=two', '-e', 'seconds=0', '--limit', 'cosigner-3')
    assert.is(after.code, 0, after.err)
    assert.match(after.err, /lost the lock of `simd` without giving it back; waiting 15 s/)
  }))

test('a run whose lock hosts cannot be reached changes nothing, unless the operator says so', () =>
  withSigners(THREE, async ({ project, cosigners }) => {
    await Promise.all(cosigners.slice(1).map((host) => host.crash()))
    try {
      const words = ['-e', 'setting=one', '-e', 'seconds=0', '--limit', 'cosigner-1']
      const refused = await project.applied(...words)
      assert.is(refused.code, 1, refused.err)
      assert.match(
        refused.err,
        /error\[fleet-lock\]: the lock of the fleet `simd` needs more than half of its 3 hosts, and too few can be reached/,
      )
      await cosigners[0]?.read('! [ -e /srv/setting ]')
      const forced = await project.applied(...words, '--without-lock', 'simd')
      assert.is(forced.code, 0, forced.err)
      assert.match(forced.err, /warning\[guard-overridden\]: `--without-lock simd`/)
    } finally {
      await Promise.all(cosigners.map((host) => host.boot()))
    }
  }))

test('a run whose lock is taken from it changes nothing more until it has it again', () =>
  withSigners(THREE, async ({ project, cosigners }) => {
    const first = project.apply('-e', 'setting=one', '-e', 'seconds=12')
    await until(() => isLocked(cosigners), 'the lock to be taken', 60_000)
    await Promise.all(cosigners.map((host) => host.read(TAKE_AWAY)))
    const ended = await first.ended
    assert.is(ended.code, 1, ended.err)
    assert.match(ended.err, /error\[fleet-locked\]: the fleet `simd` is locked by `eve` on `elsewhere`/)
    await cosigners[1]?.read('! [ -e /srv/setting ]')
  }))

test('two runs that begin at the same moment do not both change hosts', () =>
  withSigners(THREE, async ({ project }) => {
    const ended = await Promise.all(
      [1, 2, 3].map((n) => project.applied('-e', `setting=${n}`, '-e', 'seconds=30', '--limit', 'cosigner-1')),
    )
    const codes = ended.map(({ code }) => code).sort()
    assert.equal(codes, [0, 1, 1], ended.map(({ err }) => err).join('\n'))
  }))

test.run()

async function isLocked(hosts: readonly TestHost[]): Promise<boolean> {
  const held = await Promise.all(
    hosts.map((host) => host.run('[ -s /run/holdfast/fleet-simd.lock ] && ! flock -n /run/holdfast/fleet-simd.lock true')),
  )
  return held.every(({ rc }) => rc === 0)
}
