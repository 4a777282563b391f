import * as assert from 'uvu/assert'
import { apt } from '../../engine/modules/apt.ts'
import { packageModule } from '../../engine/modules/package.ts'
import { applyOn, assertFails, assertHolds, assertMakesSo } from '../support/host_round.ts'
import { labSuite, withHost } from '../support/lab.ts'

const test = labSuite('apt')
const INTERNET = { internet: true }
/** A converged host is looked at without a trace; what an installation leaves is dpkg's affair. */
const QUIET = { watched: ['/etc', '/var/lib/dpkg', '/var/lib/apt/lists'] }

const MAKE_DEB = `mkdir -p /root/p/DEBIAN && printf 'Package: hf-hello\\nVersion: 1.2-1\\nArchitecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n' >/root/p/DEBIAN/control && dpkg-deb -b /root/p /root/hello.deb`

/** Holds the lock the way dpkg does, for as long as there is `/root/held`. */
const HOLD_LOCK = `perl -MFcntl -e 'open F, ">>", "/var/lib/dpkg/lock-frontend"; $l = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $l) or die; close STDOUT; close STDERR; open H, ">", "/root/held"; sleep 1 while -e "/root/held"' & until [ -e /root/held ]; do sleep 0.1; done`
/** As on a host that was not asked for long. */
const OLD_LISTS = 'touch -d "2 days ago" /var/lib/apt/lists; rm -f /var/lib/apt/periodic/update-success-stamp'

test('packages are installed, then removed with what they configured', () =>
  withHost(async (host) => {
    const params = { name: ['moreutils', 'tree'], update_cache: true, cache_valid_time: 3600, install_recommends: false }
    await host.read(OLD_LISTS)
    const { changes, registered } = await assertMakesSo(host, apt, params, QUIET)
    assert.equal(changes, [
      { what: 'moreutils', from: 'absent', to: 'present' },
      { what: 'tree', from: 'absent', to: 'present' },
    ])
    assert.is(registered['cache_updated'], true)
    await host.read('apt-get -qy remove tree 2>&1')
    await assertMakesSo(host, apt, params, QUIET)
    await assertHolds(host, apt, { name: 'tr*e', state: 'present' }, QUIET)
    await assertHolds(host, apt, { name: 'moreutils,tree', state: 'latest' }, QUIET)
    await assertMakesSo(host, apt, { name: ['tree', 'moreutils'], state: 'absent', purge: true, autoremove: true }, QUIET)
    await assertHolds(host, apt, { name: 'nosuch', state: 'absent' }, QUIET)
  }, INTERNET))

test('one version is kept, and a virtual package counts as there', () =>
  withHost(async (host) => {
    const version = (await host.read("dpkg-query -W -f='${Version}' mawk")).trim()
    await assertHolds(host, apt, { name: `mawk=${version}` }, QUIET)
    await assertHolds(host, apt, { name: `mawk=${version.slice(0, 3)}*` }, QUIET)
    await assertHolds(host, apt, { name: 'awk' }, QUIET)
    await assertFails(host, apt, { name: 'mawk=0.0.1' }, "Version '0.0.1' for 'mawk' was not found")
  }, INTERNET))

test('a package file is installed once', () =>
  withHost(async (host) => {
    await assertFails(host, apt, { deb: '/root/hello.deb' }, 'there is no file `/root/hello.deb`')
    await host.read(MAKE_DEB)
    const { changes } = await assertMakesSo(host, apt, { deb: '/root/hello.deb' }, QUIET)
    assert.equal(changes, [{ what: '/root/hello.deb', from: 'absent', to: 'present' }])
    await host.read('sed -i s/1.2-1/1.3-1/ /root/p/DEBIAN/control; dpkg-deb -b /root/p /root/hello.deb')
    await assertMakesSo(host, apt, { deb: '/root/hello.deb' }, QUIET)
    await assertMakesSo(host, apt, { name: 'hf-hello', state: 'absent' }, QUIET)
    await host.read('rm -r /root/p /root/hello.deb')
  }))

test('lists alone are kept fresh', () =>
  withHost(async (host) => {
    await host.read(OLD_LISTS)
    await assertMakesSo(host, apt, { update_cache: true, cache_valid_time: 86_400 }, { watched: ['/etc'] })
    await host.read('touch -d "2 hours ago" /var/lib/apt/lists')
    await assertHolds(host, apt, { update_cache: true, cache_valid_time: 86_400 }, QUIET)
    await assertMakesSo(host, apt, { update_cache: true }, { watched: ['/etc'] })
  }, INTERNET))

test('a lock that another program holds is waited for, and named when it does not go away', () =>
  withHost(async (host) => {
    await host.read(`${MAKE_DEB}; ${HOLD_LOCK}`)
    const impatient = await applyOn(host, apt, { deb: '/root/hello.deb', lock_timeout: 0 })
    assert.is(impatient.status, 'failed')
    assert.match(impatient.message, 'Could not get lock')
    await host.read('{ sleep 3; rm /root/held; } >/dev/null 2>&1 &')
    const patient = await applyOn(host, apt, { deb: '/root/hello.deb', lock_timeout: 20 })
    assert.is(patient.status, 'changed', patient.message)
    await host.read('dpkg -P hf-hello; rm -r /root/p /root/hello.deb')
  }))

test('another package that is broken is named', () =>
  withHost(async (host) => {
    const broken = `printf '#!/bin/sh\\nexit 3\\n' >/root/p/DEBIAN/postinst && chmod 755 /root/p/DEBIAN/postinst`
    await host.read(`${MAKE_DEB}; sed -i s/hf-hello/hf-broken/ /root/p/DEBIAN/control; ${broken}; dpkg-deb -b /root/p /root/broken.deb`)
    await host.read('dpkg -i /root/broken.deb || true')
    const { status, message = '' } = await applyOn(host, apt, { deb: '/root/hello.deb' })
    assert.is(status, 'failed')
    assert.match(message, 'dpkg: error processing package hf-broken (--configure)')
    await host.read('dpkg -P hf-broken hf-hello; rm -r /root/p /root/hello.deb /root/broken.deb')
  }))

test('what a killed dpkg left unfinished is finished first', () =>
  withHost(async (host) => {
    const cut = `printf '#!/bin/sh\\n[ -e /root/cut ] || { touch /root/cut; kill -9 $PPID; }\\n' >/root/p/DEBIAN/postinst && chmod 755 /root/p/DEBIAN/postinst`
    await host.read(`${MAKE_DEB}; ${cut}; sed -i s/hf-hello/hf-cut/ /root/p/DEBIAN/control; dpkg-deb -b /root/p /root/cut.deb`)
    await host.read('dpkg -i /root/cut.deb || true')
    assert.match(await host.read('apt-get -s check 2>&1; apt-get -y install dpkg 2>&1 || true'), 'dpkg was interrupted')
    const { status, message } = await applyOn(host, apt, { deb: '/root/hello.deb' })
    assert.is(status, 'changed', message)
    assert.match(await host.read('dpkg-query -W hf-cut hf-hello; dpkg --audit'), /^hf-cut\s1.2-1\nhf-hello\s1.2-1\n$/)
    await host.read('dpkg -P hf-cut hf-hello; rm -r /root/p /root/hello.deb /root/cut.deb /root/cut')
  }))

test('a package nobody offers is a failure with the words of apt', () =>
  withHost(async (host) => {
    await assertFails(host, apt, { name: 'no-such-package-here' }, 'Unable to locate package')
    await assertFails(host, apt, { name: 'nginx>=1.2' }, 'only `name=version` is understood')
    await assertFails(host, apt, { name: '-o Foo' }, 'cannot be the name of a package')
    await assertFails(host, apt, {}, '`apt` needs')
  }))

test('`package` is apt here', () =>
  withHost(async (host) => {
    await assertHolds(host, packageModule, { name: 'dpkg' }, QUIET)
    const foretold = await applyOn(host, packageModule, { name: ['dpkg', 'hf-none'] }, { check: true })
    assert.equal(foretold.changes, [{ what: 'hf-none', from: 'absent', to: 'present' }])
  }))

test.run()
