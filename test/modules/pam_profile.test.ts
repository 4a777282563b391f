import * as assert from 'uvu/assert'
import { pamProfile } from '../../engine/modules/pam_profile.ts'
import { assertFails, assertHolds, assertMakesSo } from '../support/host_round.ts'
import { labSuite, type TestHost, withHost } from '../support/lab.ts'

const test = labSuite('pam_profile')

const NOTIFY = `Name: test, before
Default: no
Priority: 1024
Auth-Type: Primary
Auth:
	requisite	pam_faillock.so preauth
Account-Type: Primary
Account:
	required	pam_faillock.so
`
const COUNT = `Name: test, after
Default: no
Priority: 0
Auth-Type: Primary
Auth:
	[default=die]	pam_faillock.so authfail
`

const NAMES = ['hf-notify', 'hf-count']

async function writeProfiles(host: TestHost): Promise<void> {
  await host.read(`printf '%s' '${NOTIFY}' >/usr/share/pam-configs/hf-notify; printf '%s' '${COUNT}' >/usr/share/pam-configs/hf-count`)
}

test('profiles are switched on, and a line that was taken out or weakened is put back', () =>
  withHost(async (host) => {
    await writeProfiles(host)
    const { changes } = await assertMakesSo(host, pamProfile, { name: NAMES })
    assert.equal(changes, [
      { what: 'PAM profile hf-notify', from: 'off', to: 'on' },
      { what: 'PAM profile hf-count', from: 'off', to: 'on' },
    ])
    assert.match(await host.read('cat /etc/pam.d/common-auth'), /preauth\n.*success=\d.*\n.*authfail/)
    for (const drift of [
      'sed -i /preauth/d /etc/pam.d/common-auth',
      "sed -i 's/requisite\\(.*preauth\\)/optional\\1/' /etc/pam.d/common-auth",
    ]) {
      await host.read(drift)
      await assertMakesSo(host, pamProfile, { name: NAMES, force: true })
    }
    await assertMakesSo(host, pamProfile, { name: NAMES, state: 'absent' })
    assert.not.match(await host.read('cat /etc/pam.d/common-auth /etc/pam.d/common-account'), /faillock/)
    await assertHolds(host, pamProfile, { name: ['unix'] })
  }))

test('files that someone edited are left alone without `force`', () =>
  withHost(async (host) => {
    await writeProfiles(host)
    await host.read("sed -i '/pam_unix/i auth\\toptional\\tpam_warn.so' /etc/pam.d/common-auth")
    await assertFails(host, pamProfile, { name: NAMES }, 'did not converge')
    assert.not.match(await host.read('cat /etc/pam.d/common-auth'), /faillock/)
    await assertMakesSo(host, pamProfile, { name: NAMES, force: true })
    await assertMakesSo(host, pamProfile, { name: NAMES, state: 'absent', force: true })
  }))

test('a profile without a file is refused', () =>
  withHost(async (host) => {
    await assertFails(host, pamProfile, { name: ['no-such'] }, 'there is no profile `no-such`')
  }))

test.run()
