import * as assert from 'uvu/assert'
import { sysctl } from '../../engine/modules/sysctl.ts'
import { livePath } from '../../engine/modules/sysctl_script.ts'
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

test('several parameters are kept in one go, each by what it says itself', () =>
  withHost(async (host) => {
    const sysctl_file = '/etc/sysctl.d/50-several.conf'
    const values = { 'net.ipv4.tcp_rmem': '4096 131072 6291460', 'net.core.somaxconn': '4000', 'net/ipv4/conf/all/log_martians': '1' }
    await host.read(`printf 'net.ipv4.tcp_fin_timeout=50\nnet/core/somaxconn = 1\nnet.core.somaxconn = 2\n' >${sysctl_file}`)
    await host.read('echo 0 >/proc/sys/net/ipv4/conf/all/log_martians')
    const { changes } = await assertMakesSo(host, sysctl, { values, sysctl_file })
    assert.equal(
      changes.map(({ what, to }) => `${what}: ${to}`),
      Object.entries(values).flatMap(([name, value]) => [`${name} in ${sysctl_file}: ${value}`, `${name}: ${value}`]),
    )
    assert.is(changes.find(({ what }) => what === `net.core.somaxconn in ${sysctl_file}`)?.from, '2 lines')
    assert.is(
      await host.read(`cat ${sysctl_file}`),
      'net.ipv4.tcp_fin_timeout=50\nnet.ipv4.tcp_rmem=4096 131072 6291460\nnet.core.somaxconn=4000\nnet/ipv4/conf/all/log_martians=1\n',
    )
    await host.read(`echo 99 >/proc/sys/net/core/somaxconn; sed -i /tcp_rmem/d ${sysctl_file}`)
    const mended = await assertMakesSo(host, sysctl, { values, sysctl_file })
    assert.equal(
      mended.changes.map(({ what, from }) => `${what}: ${from}`),
      [`net.ipv4.tcp_rmem in ${sysctl_file}: absent`, 'net.core.somaxconn: 99'],
    )
    await assertMakesSo(host, sysctl, { values, sysctl_file, state: 'absent' })
    assert.is(await host.read(`cat ${sysctl_file}`), 'net.ipv4.tcp_fin_timeout=50\n')
    await assertHolds(host, sysctl, { values: {}, sysctl_file })
  }))

test('a parameter that resets others comes before them', () =>
  withHost(async (host) => {
    await host.read('echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/all/accept_redirects')
    await assertMakesSo(host, sysctl, { values: { 'net.ipv4.ip_forward': '0', 'net.ipv4.conf.all.accept_redirects': '0' } })
    await assertMakesSo(host, sysctl, { values: { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.all.accept_redirects': '1' } })
    await assertMakesSo(host, sysctl, { values: { 'net.ipv4.ip_forward': '0', 'net.ipv4.conf.all.accept_redirects': '0' } })
  }))

test('of several all are tried, and each that is refused is named', () =>
  withHost(async (host) => {
    const sysctl_file = '/run/x.conf'
    const values = { 'net.ipv4.ip_forward': 'many', 'net.core.somaxconn': '4001', 'net.ipv4.tcp_syncookies': 'few' }
    const { status, message } = await applyOn(host, sysctl, { values, sysctl_file })
    assert.is(status, 'failed')
    assert.match(
      message,
      'the kernel does not take `many` for net.ipv4.ip_forward\nthe kernel does not take `few` for net.ipv4.tcp_syncookies',
    )
    assert.is(await host.read('cat /proc/sys/net/core/somaxconn'), '4001\n')
    assert.is((await host.run(`test -e ${sysctl_file}`)).rc, 1, 'what was refused is kept')
    await assertFails(
      host,
      sysctl,
      { values: { 'net.nothing.here': '1', 'net.no.more': '2' } },
      'no parameter `net.nothing.here`, `net.no.more`',
    )
    await assertMakesSo(host, sysctl, {
      values: { 'net.nothing.here': '1', 'net.core.somaxconn': '4002' },
      ignoreerrors: true,
      sysctl_file: '/etc/sysctl.d/50-some.conf',
    })
  }))

test('what cannot be meant is said before a host is asked', () => {
  const said = (params: object) => sysctl.problems?.(params as never)
  assert.equal(said({ state: 'present' }), ['`sysctl` needs either `name` or `values`', '`sysctl` needs `value`'])
  assert.equal(said({ state: 'present', name: 'a', values: { a: '1' } }), ['`sysctl` needs either `name` or `values`'])
  assert.equal(said({ state: 'present', value: '1', values: { a: '1' } }), ['`value` belongs to `name`; `values` has its own'])
  assert.match(said({ state: 'present', values: { 'a b': '1' } })?.[0] ?? '', '`a b` is no name of a parameter')
  assert.equal(said({ state: 'present', values: {} }), [])
})

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
