import { userInfo } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { opensshProblem } from '../../engine/transport/openssh_problem.ts'
import type { HostTarget } from '../../engine/transport/target.ts'

const test = suite('what ssh says')

const PRINTED = `debug1: Server host key: ssh-ed25519 SHA256:abc
No ED25519 host key is known for 192.0.2.1 and you have requested strict checking.`

const helpFor = (more: Partial<HostTarget>): string | undefined =>
  opensshProblem({ name: 'h', address: '192.0.2.1', connection: 'openssh', ...more }, { printed: PRINTED, home: '/elsewhere' }).help

test('of an unknown key is helped with the file in which ssh looks, which is in the home of the account and not in `HOME`', () =>
  assert.match(helpFor({}) ?? '', new RegExp(` >> ${userInfo().homedir}/\\.ssh/known_hosts$`)))

test('of an unknown key is helped with the file that was named', () =>
  assert.match(helpFor({ knownHostsFiles: ['~/mine'] }) ?? '', / >> \/elsewhere\/mine$/))

test('is no lost connection where nobody knows what it means: nothing has run yet', () => {
  const target: HostTarget = { name: 'h', address: 'h', connection: 'openssh' }
  const { problem, message, retryable } = opensshProblem(target, { printed: 'debug1: x\nsomething odd\n', home: '/elsewhere' })
  assert.equal([problem, message, retryable], ['dropped', 'could not log in to `h` (h port 22): something odd', true])
})

test.run()
