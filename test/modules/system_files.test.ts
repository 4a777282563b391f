import * as assert from 'uvu/assert'
import { authorizedKey } from '../../engine/modules/authorized_key.ts'
import { hostname } from '../../engine/modules/hostname.ts'
import { kernelModule } from '../../engine/modules/kernel_module.ts'
import { mount } from '../../engine/modules/mount.ts'
import { timezone } from '../../engine/modules/timezone.ts'
import { applyOn, assertFails, assertHolds, assertMakesSo } from '../support/host_round.ts'
import { labSuite, withHost } from '../support/lab.ts'

const test = labSuite('system files')
const ONE = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Qy7Zr0b5pYbq8u1Rj1m3oY1gk0mZ0n9lJtq3m3m3m ana@desk'
const TWO = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2Ry7Zr0b5pYbq8u1Rj1m3oY1gk0mZ0n9lJtq3m3m3n ben@desk'

test('keys come and go, and file and folder stay private', () =>
  withHost(async (host) => {
    await host.read('useradd -m -s /usr/sbin/nologin ana')
    await assertMakesSo(host, authorizedKey, { user: 'ana', key: ONE })
    assert.is(await host.read('stat -c "%a %U:%G" /home/ana/.ssh /home/ana/.ssh/authorized_keys'), '700 ana:ana\n600 ana:ana\n')
    await assertMakesSo(host, authorizedKey, { user: 'ana', key: `# team\n${ONE}\n${TWO}\n` })
    await assertMakesSo(host, authorizedKey, { user: 'ana', key: TWO, key_options: 'from="10.0.0.0/8",no-pty', comment: 'ben' })
    assert.match(
      await host.read('cat /home/ana/.ssh/authorized_keys'),
      'from="10.0.0.0/8",no-pty ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2Ry7Zr0b5pYbq8u1Rj1m3oY1gk0mZ0n9lJtq3m3m3n ben\n',
    )
    for (const drift of [
      'chmod 644 /home/ana/.ssh/authorized_keys',
      'chmod 755 /home/ana/.ssh',
      'rm -r /home/ana/.ssh',
      'sed -i s/,no-pty// /home/ana/.ssh/authorized_keys',
    ]) {
      await host.read(drift)
      await assertMakesSo(host, authorizedKey, { user: 'ana', key: TWO, key_options: 'from="10.0.0.0/8",no-pty', comment: 'ben' })
    }
    await host.read(`echo '${ONE}' >>/home/ana/.ssh/authorized_keys; printf '# mine\\n' >>/home/ana/.ssh/authorized_keys`)
    await assertMakesSo(host, authorizedKey, { user: 'ana', key: TWO, exclusive: true })
    assert.is(await host.read('cat /home/ana/.ssh/authorized_keys'), `${TWO}\n`)
    await assertMakesSo(host, authorizedKey, { user: 'ana', key: TWO, state: 'absent' })
    await assertMakesSo(host, authorizedKey, { user: 'root', key: ONE })
    await assertMakesSo(host, authorizedKey, { user: 'root', key: ONE, state: 'absent' })
    await host.read('userdel -r ana')
  }))

test('keys in a folder of root are owned by their user', () =>
  withHost(async (host) => {
    await host.read('useradd ben; mkdir -p /etc/ssh/keys')
    await assertMakesSo(host, authorizedKey, { user: 'ben', key: ONE, path: '/etc/ssh/keys/ben' })
    assert.is(await host.read('stat -c "%a %U" /etc/ssh/keys/ben'), '600 ben\n')
    await host.read('userdel ben; rm -r /etc/ssh/keys')
  }))

test('a link in a home does not lead root astray', () =>
  withHost(async (host) => {
    await host.read('useradd -m eve; mkdir /srv/target; ln -s /srv/target /home/eve/.ssh')
    await assertFails(host, authorizedKey, { user: 'eve', key: ONE }, '`/home/eve/.ssh` is a symbolic link')
    assert.is(await host.read('ls -A /srv/target'), '')
    await host.read('userdel -r eve; rm -r /srv/target')
    await assertFails(host, authorizedKey, { user: 'nobody-here', key: ONE }, 'there is no user')
    await assertFails(host, authorizedKey, { user: 'root', key: 'ssh-ed25519 nonsense' }, 'no public key')
    await assertFails(host, authorizedKey, { user: 'root', key: 'https://github.com/x.keys' }, 'not fetched')
  }))

test('the time zone is set in both places', () =>
  withHost(async (host) => {
    await assertMakesSo(host, timezone, { name: 'Europe/Zurich' })
    assert.match(await host.read('date +%Z'), /CES?T/)
    await host.read('echo Etc/UTC >/etc/timezone')
    await assertMakesSo(host, timezone, { name: 'Europe/Zurich' })
    await host.read('rm /etc/timezone')
    await assertHolds(host, timezone, { name: 'Europe/Zurich' })
    await assertFails(host, timezone, { name: 'Europe/Nowhere' }, 'knows no time zone')
    await assertMakesSo(host, timezone, { name: 'Etc/UTC' })
  }))

test('the name is set now and for the next boot', () =>
  withHost(async (host) => {
    const before = (await host.read('uname -n')).trim()
    await assertMakesSo(host, hostname, { name: 'sentry-1.example.org' })
    await host.read('echo x >/etc/hostname')
    await assertMakesSo(host, hostname, { name: 'sentry-1.example.org' })
    await host.read('printf y >/proc/sys/kernel/hostname')
    await assertMakesSo(host, hostname, { name: 'sentry-1.example.org' })
    await assertMakesSo(host, hostname, { name: before })
  }))

test('in a container only the files of a kernel module are kept, and the result says so', () =>
  withHost(async (host) => {
    await assertMakesSo(host, kernelModule, { name: 'usb-storage', state: 'blacklisted' })
    assert.is(await host.read('cat /etc/modprobe.d/holdfast-usb-storage.conf'), 'install usb-storage /bin/false\nblacklist usb-storage\n')
    await host.read('echo >/etc/modprobe.d/holdfast-usb-storage.conf')
    await assertMakesSo(host, kernelModule, { name: 'usb-storage', state: 'blacklisted' })
    await assertMakesSo(host, kernelModule, { name: 'usb-storage', state: 'absent', persistent: 'absent' })
    const { registered } = await assertMakesSo(host, kernelModule, { name: 'wireguard', params: 'debug=1', persistent: 'present' })
    assert.match(String(registered['reason']), 'a container')
    await assertMakesSo(host, kernelModule, { name: 'wireguard', state: 'absent', persistent: 'absent' })
    await assertFails(host, kernelModule, { name: 'x', state: 'absent', persistent: 'present' }, 'contradicts')
  }))

test('a file system is mounted and kept in fstab, with the options that protect', () =>
  withHost(async (host) => {
    const params = { path: '/srv/a b', src: 'tmpfs', fstype: 'tmpfs', opts: 'nosuid,nodev,noexec,size=4m', state: 'mounted' }
    await host.read('printf "# kept\\nproc /proc proc defaults 0 0" >/etc/fstab')
    await assertMakesSo(host, mount, params)
    assert.is(
      await host.read('cat /etc/fstab'),
      '# kept\nproc /proc proc defaults 0 0\ntmpfs /srv/a\\040b tmpfs nosuid,nodev,noexec,size=4m 0 0\n',
    )
    for (const drift of [
      "umount '/srv/a b'",
      "mount -o remount,exec '/srv/a b'",
      'sed -i s/nodev,// /etc/fstab',
      'sed -i /tmpfs/d /etc/fstab',
    ]) {
      await host.read(drift)
      await assertMakesSo(host, mount, params)
    }
    await assertMakesSo(host, mount, { path: '/srv/a b', state: 'unmounted' })
    await assertMakesSo(host, mount, { ...params, opts: 'noauto,ro', state: 'present' })
    await assertMakesSo(host, mount, { path: '/srv/a b', state: 'absent' })
    assert.is((await host.run("ls -d '/srv/a b'")).rc, 2)
    await assertMakesSo(host, mount, { ...params, path: '/mnt/x', state: 'ephemeral' })
    await assertHolds(host, mount, { path: '/mnt/x', state: 'absent_from_fstab' })
    await assertMakesSo(host, mount, { path: '/mnt/x', state: 'unmounted' })
    const bad = await applyOn(host, mount, { path: '/mnt/y', src: '/no/device', fstype: 'ext4', state: 'mounted' })
    assert.is(bad.status, 'failed')
    await assertFails(host, mount, { path: '/mnt/y', state: 'mounted' }, 'needs `src` and `fstype`')
  }))

test.run()
