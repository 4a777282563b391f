import { type TestHost, withHost } from '../support/lab.ts'
import { RELOAD } from './fixture.ts'

/** Lends a host whose sshd does not hold failed logins against us, as that of OpenSSH 9.8 and later would. */
export function withForgivingHost(body: (host: TestHost) => Promise<void>): Promise<void> {
  return withHost(async (host) => {
    const file = '/etc/ssh/sshd_config.d/forgiving.conf'
    await host.read(`[ -e ${file} ] || { echo 'PerSourcePenalties no' > ${file}; ${RELOAD}; }`)
    await body(host)
  })
}
