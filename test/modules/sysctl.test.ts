import * as assert from 'uvu/assert'
import { livePath, sysctl } from '../../engine/modules/sysctl.ts'
import { applyOn, assertFails, assertHolds, assertMakesSo } from '../support/host_round.ts'
import { labSuite, withHost } from '../support/lab.ts'

const test = labSuite('sysctl')
const FILE = '/etc/sysctl.d/zz-holdfast.conf'

test('a dot in the name of an interface survives', () => {
  assert.is(livePath('net.ipv4.conf.eth0/100.forwarding'), '/proc/sys/net/ipv4/conf/eth0.100/forwarding')
  assert.is(livePath('net/ipv4/conf/eth0.100/forwarding'), '/proc/sys/net/ipv4/conf/eth0.100/forwarding')
})

test('the value is kept in the file and in the kernel, whichever drifts', () =>
  withHost(async (host) => {
    const params = { name: 'net.ipv4.conf.all.log_martians', value: '1' }
    await host.read(`printf '# ours\\nnet.ipv4.conf.default.log_martians=1' >${FILE}`)
    await assertMakesSo(host, sysctl, params)
    assert.is(
      await host.read(`cat ${FILE} /proc/sys/net/ipv4/conf/all/log_martians`),
      '# ours\nnet.ipv4.conf.default.log_martians=1\nnet.ipv4.conf.all.log_martians=1\n1\n',
    )
    for (const drift of [
      'echo 0 >/proc/sys/net/ipv4/conf/all/log_martians',
      `sed -i /all/s/1/0/ ${FILE}`,
      `echo 'net/ipv4/conf/all/log_martians = 0' >>${FILE}`,
    ]) {
      await host.read(drift)
      await assertMakesSo(host, sysctl, params)
    }
    assert.is(await host.read(`grep -c martians ${FILE}`), '2\n')
    await assertMakesSo(host, sysctl, { name: params.name, state: 'absent' })
    assert.is(await host.read('cat /proc/sys/net/ipv4/conf/all/log_martians'), '1\n')
  }))

test('several numbers are compared whatever the spaces between them', () =>
  withHost(async (host) => {
    await assertMakesSo(host, sysctl, {
      name: 'net.ipv4.tcp_rmem',
      value: '4096  131072 6291456',
      sysctl_file: '/etc/sysctl.d/50-tcp.conf',
    })
    await assertHolds(host, sysctl, { name: 'net.ipv4.tcp_rmem', value: '4096 131072 6291456', sysctl_file: '/etc/sysctl.d/50-tcp.conf' })
  }))

test('a parameter the kernel does not have is refused, or passed over on request', () =>
  withHost(async (host) => {
    const params = { name: 'net.nothing.here', value: '1' }
    await assertFails(host, sysctl, params, 'this kernel has no parameter `net.nothing.here`')
    await assertMakesSo(host, sysctl, { ...params, ignoreerrors: true })
  }))

test('a value the kernel does not take is a failure, says so first, and does not get into the file', () =>
  withHost(async (host) => {
    const { status, message } = await applyOn(host, sysctl, { name: 'net.ipv4.ip_forward', value: 'many', sysctl_file: '/run/x.conf' })
    assert.is(status, 'failed')
    assert.match(message, /^the kernel does not take `many` for net.ipv4.ip_forward/)
    assert.is(await host.read('cat /run/x.conf 2>&1 || true'), 'cat: /run/x.conf: No such file or directory\n')
  }))

test.run()
