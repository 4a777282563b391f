import * as assert from 'uvu/assert'
import type { Script } from '../../engine/core/script.ts'
import { systemdService } from '../../engine/modules/systemd_service.ts'
import { applyOn, assertFails, assertHolds, assertMakesSo, shellOf } from '../support/host_round.ts'
import { type Shell, applyModule, runScript } from '../support/apply_module.ts'
import { type TestHost, labSuite, withHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { slowJournal } from '../support/slow_journal.ts'
import { soon } from '../support/soon.ts'

limit(240)
const test = labSuite('systemd_service')
const NOTHING = { watched: ['/etc'] }

test('a unit runs and starts at boot, and each of the two is repaired', () =>
  withUnit('[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target', async (host) => {
    const params = { name: 'hf-test', state: 'started', enabled: true }
    await assertMakesSo(host, systemdService, params, NOTHING)
    await host.read('systemctl stop hf-test')
    const { changes } = await assertMakesSo(host, systemdService, params, NOTHING)
    assert.equal(changes, [{ what: 'state', from: 'inactive (dead)', to: 'started' }])
    await host.read('systemctl disable hf-test')
    await assertMakesSo(host, systemdService, params, NOTHING)
    await host.read(`systemctl kill -s KILL hf-test; ${soon('! systemctl -q is-active hf-test')}`)
    await assertMakesSo(host, systemdService, params, NOTHING)
    await assertMakesSo(host, systemdService, { name: 'hf-test', state: 'stopped', enabled: false }, NOTHING)
    await assertMakesSo(host, systemdService, { name: 'hf-test', masked: true }, NOTHING)
    await assertMakesSo(host, systemdService, { name: 'hf-test', masked: false, state: 'started' }, NOTHING)
  }))

test('a unit file that changed is read again', () =>
  withUnit('[Service]\nExecStart=/bin/sleep infinity', async (host) => {
    await assertMakesSo(host, systemdService, { name: 'hf-test.service', state: 'started' }, NOTHING)
    await host.read('sleep 1.1; echo "[Unit]\nDescription=other" >>/usr/lib/systemd/system/hf-test.service')
    const { changes } = await assertMakesSo(host, systemdService, { name: 'hf-test.service', state: 'started' }, NOTHING)
    assert.equal(changes, [{ what: 'unit files', from: 'changed on disk', to: 'read again' }])
  }))

test('a unit that does not start says why', () =>
  withUnit('[Service]\nType=exec\nExecStartPre=/bin/sh -c "echo no such moniker; exit 3"\nExecStart=/bin/true', async (host) => {
    await assertFails(host, systemdService, { name: 'hf-test', state: 'started' }, /last lines of its journal:[\s\S]*no such moniker/)
  }))

test('a unit that does not start says why also where the journal comes later', () =>
  withUnit('[Service]\nType=exec\nExecStartPre=/bin/sh -c "echo no such moniker; exit 3"\nExecStart=/bin/true', async (host) => {
    await slowJournal(host, 'hf-test')
    await assertFails(host, systemdService, { name: 'hf-test', state: 'started' }, /last lines of its journal:[\s\S]*no such moniker/)
  }))

for (const [dies, lines] of Object.entries({
  'at once': 'ExecStart=/bin/sh -c "echo no such moniker; exit 3"',
  'within a second': 'ExecStart=/bin/sh -c "echo no such moniker; sleep 0.2"',
  'at once, again and again': 'ExecStart=/bin/sh -c "echo no such moniker; exit 3"\nRestart=always\nRestartSec=50ms',
  'at once, to be started again much later': 'ExecStart=/bin/sh -c "echo no such moniker; exit 3"\nRestart=always\nRestartSec=60',
  'now and then': 'ExecStart=/bin/sh -c "echo no such moniker; sleep 0.3; exit 3"\nRestart=always\nRestartSec=0\nStartLimitBurst=100',
})) {
  test(`a unit that dies ${dies} has not started, and says why`, () =>
    withUnit(`[Service]\nType=simple\n${lines}`, async (host) => {
      const said = /it ended within 1 s of being started[\s\S]*last lines of its journal:[\s\S]*no such moniker/
      await assertFails(host, systemdService, { name: 'hf-test', state: 'started' }, said)
      await host.read('systemctl stop hf-test; systemctl reset-failed hf-test || true')
      const restarted = actionOf('restarted').at(-1) as Script
      assert.match((await runScript(restarted, await shellOf(host))).stderr, said)
    }))
}

test('a oneshot that does not stay active cannot be kept started', () =>
  withUnit('[Service]\nType=oneshot\nExecStart=/bin/true', async (host) => {
    await assertFails(host, systemdService, { name: 'hf-test', state: 'started' }, 'a oneshot')
    await assertHolds(host, systemdService, { name: 'hf-test', state: 'stopped' })
  }))

test('an instance of a template and a user are units as others', () =>
  withUnit(
    '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target',
    async (host) => {
      await assertMakesSo(host, systemdService, { name: 'hf-test@1', state: 'started', enabled: true }, NOTHING)
      await assertMakesSo(host, systemdService, { name: 'hf-test@2', enabled: true }, NOTHING)
      await assertHolds(host, systemdService, { name: 'hf-test@3', enabled: false, state: 'stopped' })
      await assertMakesSo(host, systemdService, { name: 'hf-test@1', state: 'stopped', enabled: false }, NOTHING)
      await assertMakesSo(host, systemdService, { name: 'hf-test@2', enabled: false }, NOTHING)
    },
    'hf-test@.service',
  ))

test('a unit that is not there can be stopped but not started', () =>
  withHost(async (host) => {
    await assertHolds(host, systemdService, { name: 'nosuch', state: 'stopped', enabled: false })
    await assertFails(host, systemdService, { name: 'nosuch', state: 'started' }, 'there is no unit `nosuch.service`')
    const foretold = await applyOn(host, systemdService, { name: 'nosuch', state: 'started', enabled: true }, { check: true })
    assert.is(foretold.status, 'changed', foretold.message)
  }))

test('handlers restart and reload', () =>
  withUnit('[Service]\nExecStart=/bin/sleep infinity', async (host) => {
    const pid = (): Promise<string> => host.read('systemctl show -p MainPID --value hf-test')
    await assertMakesSo(host, systemdService, { name: 'hf-test', state: 'started' }, NOTHING)
    const before = await pid()
    for (const verb of ['restarted', 'reloaded']) {
      for (const script of actionOf(verb)) assert.is((await runScript(script, await shellOf(host))).rc, 0)
      assert.is.not(await pid(), before)
    }
  }))

test('a user has units too, once something keeps that user’s systemd running', () =>
  withHost(async (host) => {
    const text = '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=default.target\\n'
    await host.read(
      `useradd -m hf-user; d=/home/hf-user/.config/systemd/user; mkdir -p $d; printf '${text}' >$d/hf.service; chown -R hf-user /home/hf-user`,
    )
    const params = { name: 'hf', scope: 'user', state: 'started', enabled: true }
    const as = async (): Promise<Shell> =>
      [
        ...(await shellOf(host)).slice(0, -1),
        'setpriv',
        '--reuid=hf-user',
        '--regid=hf-user',
        '--init-groups',
        'env',
        '-u',
        'XDG_RUNTIME_DIR',
        'HOME=/home/hf-user',
        'sh',
      ] as never
    const early = await applyModule(systemdService, params, { shell: await as() })
    assert.is(early.message, 'no systemd runs for this user')
    await host.read(
      'u=$(id -u hf-user); systemctl start user@$u; for i in 1 2 3 4 5 6 7 8 9 10; do [ -S /run/user/$u/systemd/private ] && break; sleep 0.3; done',
    )
    const done = await applyModule(systemdService, params, { shell: await as() })
    assert.is(done.status, 'changed', done.message)
    assert.is((await applyModule(systemdService, params, { shell: await as() })).status, 'ok')
    const asRoot = { ...params, user: 'hf-user' }
    await assertHolds(host, systemdService, asRoot)
    await assertMakesSo(host, systemdService, { ...asRoot, state: 'stopped', enabled: false }, NOTHING)
    await assertMakesSo(host, systemdService, asRoot, NOTHING)
    assert.match(await host.read('ps -o user= -C sleep'), 'hf-user')
    await host.read('systemctl stop user@$(id -u hf-user); userdel -rf hf-user 2>/dev/null')
  }))

test('contradictions and needless params are refused', () =>
  withHost(async (host) => {
    await assertFails(host, systemdService, { name: 'x', state: 'started', masked: true }, 'contradicts')
    await assertFails(host, systemdService, { name: 'x', daemon_reload: true }, 'is not needed')
    await assertFails(host, systemdService, { name: 'x', user: 'ana', state: 'started' }, '`user` needs `scope: user`')
  }))

test.run()

function actionOf(verb: string): readonly Script[] {
  return (systemdService.kind === 'state' && systemdService.actions?.[verb]?.({ name: 'hf-test', scope: 'system' } as never)) || []
}

async function withUnit(text: string, body: (host: TestHost) => Promise<void>, name = 'hf-test.service'): Promise<void> {
  const folder = '/usr/lib/systemd/system'
  await withHost(async (host) => {
    await host.read(`printf '%b' '${text.replaceAll('\n', '\\n')}\\n' >${folder}/${name}; systemctl daemon-reload`)
    await body(host)
    await host.read(`systemctl stop 'hf-test*'; rm ${folder}/${name}; systemctl daemon-reload; systemctl reset-failed`)
  })
}
