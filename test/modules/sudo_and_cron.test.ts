import * as assert from 'uvu/assert'
import { apt } from '../../engine/modules/apt.ts'
import { cron } from '../../engine/modules/cron.ts'
import { sudoers } from '../../engine/modules/sudoers.ts'
import { applyOn, assertFails, assertHolds, assertMakesSo } from '../support/host_round.ts'
import { labSuite, withHost } from '../support/lab.ts'

const test = labSuite('sudo and cron')

test('rules of sudo are judged, kept and repaired', () =>
  withHost(
    async (host) => {
      const installed = await applyOn(host, apt, { name: 'sudo', update_cache: true, cache_valid_time: 3600 })
      assert.is.not(installed.status, 'failed', installed.message)
      const params = {
        name: 'automation',
        user: 'automation',
        commands: ['/usr/bin/systemctl restart gaiad.service', '/usr/bin/id'],
        runas: 'root',
      }
      await assertMakesSo(host, sudoers, params)
      assert.is(
        await host.read('cat /etc/sudoers.d/automation; stat -c "%a %U" /etc/sudoers.d/automation'),
        'automation ALL=(root)NOPASSWD: /usr/bin/systemctl restart gaiad.service, /usr/bin/id\n440 root\n',
      )
      for (const drift of [
        'chmod 640 /etc/sudoers.d/automation',
        'chown daemon /etc/sudoers.d/automation',
        'echo >>/etc/sudoers.d/automation',
        'rm /etc/sudoers.d/automation',
      ]) {
        await host.read(drift)
        await assertMakesSo(host, sudoers, params)
      }
      await host.read('useradd automation; su -s /bin/sh -c "sudo -n id" automation')
      await assertMakesSo(host, sudoers, {
        name: 'logging',
        defaults: ['use_pty', ':automation !log_input', 'logfile="/var/log/sudo.log"'],
      })
      await assertFails(host, sudoers, { name: 'bad', content: 'ana ALL=(ALL NOPASSWD ALL' }, 'refused the new content')
      await assertFails(host, sudoers, { name: 'bad', user: 'ana', commands: ['systemctl'] }, 'refused the new content')
      await assertFails(host, sudoers, { name: 'bad', user: 'ana', group: 'adm', commands: ['ALL'] }, 'either `user` or `group`')
      await assertMakesSo(host, sudoers, { name: 'automation', state: 'absent' })
      await assertMakesSo(host, sudoers, { name: 'logging', state: 'absent' })
      await host.read('userdel -f automation')
    },
    { internet: true },
  ))

test('without sudo check mode foretells, and a change is refused', () =>
  withHost(async (host) => {
    await host.read('for p in sbin bin; do [ ! -e /usr/$p/visudo ] || mv /usr/$p/visudo /usr/$p/visudo.away; done')
    const foretold = await applyOn(host, sudoers, { name: 'x', user: 'ana', commands: ['ALL'] }, { check: true })
    assert.is(foretold.status, 'changed')
    await assertFails(host, sudoers, { name: 'x', user: 'ana', commands: ['ALL'] }, 'no `visudo`')
    await host.read('for p in sbin bin; do [ ! -e /usr/$p/visudo.away ] || mv /usr/$p/visudo.away /usr/$p/visudo; done')
  }))

test('jobs and variables come, change and go beside those of others', () =>
  withHost(
    async (host) => {
      const installed = await applyOn(host, apt, { name: 'cron', update_cache: true, cache_valid_time: 3600 })
      assert.is.not(installed.status, 'failed', installed.message)
      await host.read('printf "# mine\\n5 5 * * * /bin/true\\n" | crontab -')
      await assertMakesSo(host, cron, { name: 'snapshot', minute: '15', hour: '2', job: '/bin/snapshot 100%' })
      await assertMakesSo(host, cron, { name: 'snapshot', special_time: 'daily', job: '/bin/snapshot 100%' })
      await assertMakesSo(host, cron, { name: 'MAILTO', env: true, job: 'ops@example.org' })
      assert.match(
        await host.read('crontab -l'),
        'MAILTO="ops@example.org"\n# mine\n5 5 * * * /bin/true\n#Ansible: snapshot\n@daily /bin/snapshot 100%\n',
      )
      await host.read("crontab -l | sed 's/@daily/@weekly/' | crontab -")
      await assertMakesSo(host, cron, { name: 'snapshot', special_time: 'daily', job: '/bin/snapshot 100%' })
      await assertMakesSo(host, cron, { name: 'snapshot', state: 'absent' })
      await assertMakesSo(host, cron, { name: 'MAILTO', env: true, state: 'absent' })
      assert.is(await host.read('crontab -l'), '# mine\n5 5 * * * /bin/true\n')
      await assertMakesSo(host, cron, { name: 'probe', user: 'root', cron_file: 'holdfast', minute: '*/5', job: '/bin/probe' })
      assert.is(await host.read('cat /etc/cron.d/holdfast'), '#Ansible: probe\n*/5 * * * * root /bin/probe\n')
      await assertMakesSo(host, cron, { name: 'probe', cron_file: 'holdfast', state: 'absent' })
      await assertFails(host, cron, { name: 'x', job: 'a\nb' }, 'one line')
      const bad = await applyOn(host, cron, { name: 'x', job: 'a', minute: '99' })
      assert.match(bad.message, 'bad minute')
      await host.read('crontab -r')
    },
    { internet: true },
  ))

test('without cron nothing is there, and a change is refused', () =>
  withHost(async (host) => {
    await host.read('[ ! -e /usr/bin/crontab ] || mv /usr/bin/crontab /usr/bin/crontab.away')
    await assertHolds(host, cron, { name: 'x', state: 'absent' })
    await assertFails(host, cron, { name: 'x', job: '/bin/true' }, 'no `crontab`')
    await host.read('[ ! -e /usr/bin/crontab.away ] || mv /usr/bin/crontab.away /usr/bin/crontab')
  }))

test.run()
