import * as assert from 'uvu/assert'
import { systemdUnit } from '../../engine/modules/systemd_unit.ts'
import { assertFails, assertHolds, assertMakesSo } from '../support/host_round.ts'
import { labSuite, withHost } from '../support/lab.ts'

const test = labSuite('systemd_unit')

const SECTIONS = {
  Unit: { Description: 'A test' },
  Service: { ExecStart: '/bin/sleep infinity', Environment: ['A=1', 'B="x y"'], PrivateTmp: true, LimitNOFILE: 4096 },
  Install: { WantedBy: 'multi-user.target' },
}

test('a unit is written, known to systemd and enabled, and each is repaired', () =>
  withHost(async (host) => {
    const params = { name: 'hf-unit.service', sections: SECTIONS, enabled: true }
    await assertMakesSo(host, systemdUnit, params)
    assert.match(await host.read('systemctl show -p Environment -p LimitNOFILE hf-unit'), 'LimitNOFILE=4096')
    const path = '/etc/systemd/system/hf-unit.service'
    for (const drift of [
      `sed -i s/4096/1/ ${path}`,
      `chmod 600 ${path}`,
      `chown daemon ${path}`,
      'systemctl disable hf-unit',
      `rm ${path}`,
    ]) {
      await host.read(drift)
      await assertMakesSo(host, systemdUnit, params)
    }
    await host.read(`systemctl start hf-unit; sleep 1.1; touch ${path}`)
    const { changes } = await assertMakesSo(host, systemdUnit, params)
    assert.equal(changes, [{ what: 'unit files', from: 'changed on disk', to: 'read again' }])
    await assertMakesSo(host, systemdUnit, { name: 'hf-unit.service', state: 'absent' })
    assert.is((await host.run('systemctl is-active hf-unit')).stdout, 'inactive\n')
  }))

test('a drop-in adds to a unit that something else brought', () =>
  withHost(async (host) => {
    const params = { name: 'ssh.service', dropin: '10-core', sections: { Service: { LimitCORE: 0 } } }
    await assertMakesSo(host, systemdUnit, params)
    assert.is(await host.read('systemctl show -p LimitCORE --value ssh'), '0\n')
    await assertMakesSo(host, systemdUnit, { ...params, state: 'absent' })
    assert.is(await host.read('systemctl show -p LimitCORE --value ssh'), 'infinity\n')
    await assertMakesSo(host, systemdUnit, { name: 'not-yet.service', dropin: 'x', content: '[Service]\nNice=5' })
    await assertMakesSo(host, systemdUnit, { name: 'not-yet.service', dropin: 'x', state: 'absent' })
  }))

test('a text systemd does not understand is refused before it counts', () =>
  withHost(async (host) => {
    await assertFails(
      host,
      systemdUnit,
      { name: 'bad.service', content: '[Service]\nExecStart=/bin/true\nExceStop=/bin/true' },
      "bad.service:3: Unknown key 'ExceStop'",
    )
    await assertFails(host, systemdUnit, { name: 'bad.service', content: '[Service]\nType=simple' }, 'Refusing')
    await assertFails(host, systemdUnit, { name: 'ssh.service', dropin: 'x', sections: { Service: { Nice: 'hello' } } }, 'Failed to parse')
    await assertFails(host, systemdUnit, { name: 'x.service', sections: { 'Ser vice': {} } }, 'cannot be the name of a section')
    await assertFails(host, systemdUnit, { name: 'x.service', sections: { Service: { Exec: 'a\nb' } } }, 'must be one line')
    await assertFails(host, systemdUnit, { name: 'x.service' }, 'needs `content` or `sections`')
  }))

test('a program that is not there yet, and a template, are no errors of the text', () =>
  withHost(async (host) => {
    await assertMakesSo(host, systemdUnit, { name: 'later.service', content: '[Service]\nExecStart=/opt/later/bin --flag' })
    await assertMakesSo(host, systemdUnit, { name: 'many@.service', content: '[Service]\nExecStart=/bin/sleep %i' })
    await assertHolds(host, systemdUnit, { name: 'many@.service', content: '[Service]\nExecStart=/bin/sleep %i\n' })
    await assertMakesSo(host, systemdUnit, { name: 'many@.service', state: 'absent' })
    await assertMakesSo(host, systemdUnit, { name: 'later.service', state: 'absent' })
  }))

test.run()
