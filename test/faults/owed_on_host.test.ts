import * as assert from 'uvu/assert'
import { lines, type Script, sh } from '../../engine/core/script.ts'
import { forget, listOwed, markOf, noteName, parseOwed, remember } from '../../engine/session/notes.ts'
import { enterCommand } from '../../engine/lab/enter.ts'
import { runScript, type Shell } from '../support/apply_module.ts'
import { labSuite, type TestHost, withHost } from '../support/lab.ts'

const test = labSuite('owed handlers')

/** Labels as people write them, and as nobody should. */
const LABELS = [
  'restart sshd',
  "hardening : reload 'auditd'",
  '../../../etc/passwd',
  '$(id)\n* ; rm -rf /',
  'größe 😀',
  `${'a long name '.repeat(30)}1`,
  `${'a long name '.repeat(30)}2`,
]

for (const who of ['root', 'login'] as const) {
  test(`are remembered on the host until they are forgotten, for ${who}`, () =>
    withHost(async (host) => {
      const shell = await shellAs(host, who)
      const owed = async () => [...parseOwed((await runScript(listOwed, shell)).stdout, LABELS).keys()]
      assert.equal(await owed(), [])
      assert.is((await runScript(noteOf(LABELS), shell)).rc, 0)
      assert.is((await runScript(noteOf(LABELS.slice(0, 2), { number: 2 }), shell)).rc, 0)
      assert.equal(await owed(), LABELS)
      assert.is((await runScript(forget(namesOf(LABELS.slice(5, 6))), shell)).rc, 0)
      assert.equal(await owed(), [...LABELS.slice(0, 5), ...LABELS.slice(6)], 'long names are told apart')
      assert.is((await runScript(forget(namesOf(LABELS)), shell)).rc, 0)
      assert.equal(await owed(), LABELS.slice(0, 2), 'a note taken away is not all of them')
      assert.is((await runScript(forget(namesOf(LABELS, { number: 2 })), shell)).rc, 0)
      assert.is((await host.run('ls /var/lib/holdfast /home/*/.local/state/holdfast')).stdout, '', 'nothing is left behind')
    }))
}

test('a note is on disk before the change begins, and takes the place of older ones only then', () =>
  withHost(async (host) => {
    const older = namesOf(['restart sshd'])
    const seen = `printf '#!/bin/sh\\necho "$@" $(ls /var/lib/holdfast/owed | wc -l) >> /srv/synced\\n'`
    await host.read(`${seen} > /usr/local/bin/sync; chmod 755 /usr/local/bin/sync; rm -f /srv/synced`)
    const shell = await shellAs(host, 'root')
    assert.is((await runScript(noteOf(['restart sshd']), shell)).rc, 0)
    assert.is((await runScript(noteOf(['restart sshd'], { number: 2, instead: older }), shell)).rc, 0)
    assert.is(await host.read('cat /srv/synced'), '-- /var/lib/holdfast/owed 1\n-- /var/lib/holdfast/owed 2\n')
    assert.is(await host.read('ls /var/lib/holdfast/owed'), `${namesOf(['restart sshd'], { number: 2 }).join('')}\n`)
    await runScript(forget(namesOf(['restart sshd'], { number: 2 })), shell)
    await host.read('rm /usr/local/bin/sync')
  }))

test('a note that cannot be written fails, so that its change is not begun', () =>
  withHost(async (host) => {
    await host.read('rm -rf /var/lib/holdfast; touch /var/lib/holdfast')
    const { rc, stderr } = await runScript(noteOf(['restart sshd']), await shellAs(host, 'root'))
    assert.is.not(rc, 0)
    assert.match(stderr, /\/var\/lib\/holdfast/)
    await host.read('rm /var/lib/holdfast')
  }))

test('a note is there from when it is written until its own run takes it away, whatever other runs do meanwhile', () =>
  withHost(async (host) => {
    const shell = await shellAs(host, 'root')
    const rounds = async (run: string): Promise<void> => {
      for (let number = 1; number <= 25; number++) {
        const files = namesOf(['restart sshd'], { run, number })
        const { rc, stdout, stderr } = await runScript(
          lines([sh`( ${noteOf(['restart sshd'], { run, number })}\n) || exit 3`, sh`( ${listOwed}\n)`, forget(files)]),
          shell,
        )
        assert.is(rc, 0, stderr)
        assert.match(stdout, `hf.owed=${files[0]} `)
      }
    }
    await Promise.all(['one', 'two', 'three'].map(rounds))
    assert.is((await host.run('ls /var/lib/holdfast')).stdout, '')
  }))

test('what a host claims to owe counts only if the play has such a handler', () => {
  const printed =
    'hf.owed=cmVzdGFydCBzc2hk\nhf.owed=cmVzdGFydCBzc2hk.a-1 eA\nhf.owed=bm9uZQ.b-1 eA\nhf.owed=\nhf.owed=%%%\nhf.owed=../x y\nnoise'
  const notes = [{ file: 'cmVzdGFydCBzc2hk' }, { file: 'cmVzdGFydCBzc2hk.a-1', by: markOf('x') }]
  assert.equal([...parseOwed(printed, ['restart sshd', 'other'])], [['restart sshd', notes]])
})

test.run()

async function shellAs(host: TestHost, who: 'root' | 'login'): Promise<Shell> {
  const [program = '', ...words] = await enterCommand(host.lab, host.name)
  return [program, ...words, ...(who === 'root' ? ['sh'] : ['su', '-s', '/bin/sh', '-', host.user])]
}

interface Kind {
  readonly run?: string
  readonly number?: number
}

function namesOf(labels: readonly string[], { run = 'run', number = 1 }: Kind = {}): readonly string[] {
  return labels.map((label) => noteName(label, { run, number }))
}

function noteOf(labels: readonly string[], { instead = [], ...kind }: Kind & { readonly instead?: readonly string[] } = {}): Script {
  return remember({ files: namesOf(labels, kind), by: 'the settings', instead })
}
