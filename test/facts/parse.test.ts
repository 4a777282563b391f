import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseFacts } from '../../engine/facts/parse.ts'
import { factsScript } from '../../engine/facts/script.ts'

const test = suite('facts')

test('are read from this machine by a plain POSIX shell, quickly enough to cost nothing', () => {
  const facts = parseFacts(execFileSync('/bin/sh', ['-c', factsScript.text], { encoding: 'utf8' }))
  assert.is(facts['nodename'], execFileSync('uname', ['-n'], { encoding: 'utf8' }).trim())
  assert.is(facts['kernel'], execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim())
  assert.is(facts['user_uid'], process.getuid?.())
  assert.is(facts['user_id'], execFileSync('id', ['-un'], { encoding: 'utf8' }).trim())
  assert.ok(Number(facts['memtotal_mb']) > 0)
  assert.ok(Number(facts['processor_vcpus']) > 0)
})

test('read Debian and its kin as Ansible names them', () => {
  const release = ['NAME="Debian GNU/Linux"', 'ID=debian', 'VERSION_ID="13"', 'VERSION_CODENAME=trixie']
  const debian = parseFacts([...release.map((line) => `/etc/os-release:${line}`), '/etc/debian_version:13.1'].join('\n'))
  assert.is(debian['distribution'], 'Debian')
  assert.is(debian['os_family'], 'Debian')
  assert.is(debian['distribution_version'], '13.1')
  assert.is(debian['distribution_major_version'], '13')
  const ubuntu = parseFacts(
    '/etc/os-release:NAME="Ubuntu"\n/etc/os-release:ID=ubuntu\n/etc/os-release:ID_LIKE=debian\n/etc/os-release:VERSION_ID="24.04"\n',
  )
  assert.is(ubuntu['os_family'], 'Debian')
  assert.is(ubuntu['distribution_version'], '24.04')
})

test('know the way out by the default route', () => {
  const facts = parseFacts('hf.ip=192.0.2.1 via 10.0.0.1 dev eth0 src 10.0.0.7 uid 0 \\    cache\n')
  assert.equal(facts['default_ipv4'], { address: '10.0.0.7', interface: 'eth0', gateway: '10.0.0.1' })
  assert.equal(parseFacts('')['default_ipv4'], {})
})

test('take noise around them for noise', () => {
  assert.is(parseFacts('Welcome\n/proc/1/comm:systemd\nhf.bad line\n/etc/other:x\nlast login')['service_mgr'], 'systemd')
})

test('ways to send are those that are loaded and those that could be', () => {
  const path = '/proc/sys/net/ipv4/tcp_available_congestion_control'
  assert.equal(parseFacts(`${path}:reno cubic\nhf.congestion=bbr\n`)['tcp_congestion_controls'], ['reno', 'cubic', 'bbr'])
  assert.equal(parseFacts(`${path}:reno bbr cubic\nhf.congestion=bbr\n`)['tcp_congestion_controls'], ['reno', 'bbr', 'cubic'])
  assert.equal(parseFacts('')['tcp_congestion_controls'], [])
})

test.run()
