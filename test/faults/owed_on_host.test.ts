import * as assert from 'uvu/assert'
import { forget, listOwed, markOf, parseOwed, remember } from '../../engine/session/owed.ts'
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
      assert.is((await runScript(remember({ handlers: LABELS, by: 'the settings' }), shell)).rc, 0)
      assert.is((await runScript(remember({ handlers: LABELS.slice(0, 2), by: 'the settings' }), shell)).rc, 0, 'twice is once')
      assert.equal(await owed(), LABELS)
      assert.is((await runScript(forget(LABELS.slice(5, 6)), shell)).rc, 0)
      assert.equal(await owed(), [...LABELS.slice(0, 5), ...LABELS.slice(6)], 'long names are told apart')
      assert.is((await runScript(forget(LABELS), shell)).rc, 0)
      assert.equal(await owed(), [])
      assert.is((await host.run('ls /var/lib/holdfast /home/*/.local/state/holdfast')).stdout, '', 'nothing is left behind')
    }))
}

test('a note is on disk before the change begins, and is brought there once', () =>
  withHost(async (host) => {
    await host.read(
      `printf '#!/bin/sh\\necho "$@" >> /srv/synced\\n' > /usr/local/bin/sync; chmod 755 /usr/local/bin/sync; rm -f /srv/synced`,
    )
    const shell = await shellAs(host, 'root')
    for (const handlers of [LABELS, LABELS.slice(0, 2)]) assert.is((await runScript(remember({ handlers, by: 'x' }), shell)).rc, 0)
    assert.is(await host.read('cat /srv/synced'), '-- /var/lib/holdfast/owed\n')
    await runScript(forget(LABELS), shell)
    await host.read('rm /usr/local/bin/sync')
  }))

test('a note that cannot be written fails, so that its change is not begun', () =>
  withHost(async (host) => {
    await host.read('rm -rf /var/lib/holdfast; touch /var/lib/holdfast')
    const { rc, stderr } = await runScript(remember({ handlers: ['restart sshd'], by: 'the settings' }), await shellAs(host, 'root'))
    assert.is.not(rc, 0)
    assert.match(stderr, /\/var\/lib\/holdfast/)
    await host.read('rm /var/lib/holdfast')
  }))

test('what a host claims to owe counts only if the play has such a handler', () => {
  const printed = 'hf.owed=cmVzdGFydCBzc2hk\nhf.owed=cmVzdGFydCBzc2hk eA\nhf.owed=bm9uZQ eA\nhf.owed=\nhf.owed=%%%\nnoise'
  assert.equal([...parseOwed(printed, ['restart sshd', 'other'])], [['restart sshd', [markOf('x')]]])
})

test.run()

async function shellAs(host: TestHost, who: 'root' | 'login'): Promise<Shell> {
  const [program = '', ...words] = await enterCommand(host.lab, host.name)
  return [program, ...words, ...(who === 'root' ? ['sh'] : ['su', '-s', '/bin/sh', '-', host.user])]
}
