import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { targetOf } from '../../engine/runner/target.ts'
import { scopeFrom } from '../support/documents.ts'

const test = suite('the way to a host')

test('has hops with what is usual for the operator and the project, and with nothing of the host behind them', () => {
  const scope = scopeFrom(`
ansible_user: ana
ansible_ssh_private_key_file: /host.key
ansible_password: pw
ansible_ssh_common_args: -J one,jo@two:2222 -o UserKnownHostsFile=/host.known -o StrictHostKeyChecking=yes -o ConnectTimeout=3
`)
  const defaults = {
    agent: '/agent',
    hostKeyPolicy: 'accept-new',
    user: 'me',
    keyFiles: ['/mine.key'],
    becomePassword: new Secret('become password', 'x'),
  } as const
  const { jumps, ...host } = targetOf('h', scope, { defaults })
  const common = { agent: '/agent', hostKeyPolicy: 'accept-new', connection: 'ssh' }
  assert.equal(jumps, [
    { ...common, address: 'one', name: 'one' },
    { ...common, address: 'two', name: 'two', user: 'jo', port: 2222 },
  ])
  assert.equal([host.keyFiles, host.user, host.hostKeyPolicy, host.timeoutMs], [['/host.key'], 'ana', 'strict', 3000])
})

test.run()
