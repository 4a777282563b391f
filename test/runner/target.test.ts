import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { targetOf } from '../../engine/runner/target.ts'
import { problemsOf, scopeFrom } from '../support/documents.ts'

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

test('cannot lead through an address or a user that a program would take for an option, whatever the transport', () => {
  const option = '-oProxyCommand=touch${IFS}/tmp/x'
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ['h', `ansible_host: '${option}'`, /^nowhere `ansible_host` of `h` is no address: `-oProxyCommand/],
    [option, '{}', /^nowhere the name of the host `-oProxyCommand.*cannot begin with `-`/],
    ['h', `ansible_user: '${option}'`, /^nowhere `-oProxyCommand.* cannot be the user to log in to `h` with/],
    ['h', 'ansible_user: ""', /^nowhere `` cannot be the user/],
    ['h', `ansible_host: "a\\eb"`, /is no address/],
    ['h', `ansible_ssh_common_args: '-J ok,-x@two'`, /^nowhere `-x` cannot stand among the jump hosts of `h`/],
    ['h', `ansible_ssh_common_args: '-o ProxyJump=-oProxyCommand=x'`, /^nowhere `-oProxyCommand=x` cannot stand among the jump hosts/],
  ]
  for (const connection of ['ssh', 'openssh'] as const)
    for (const [name, variables, said] of rows)
      assert.match(problemsOf(() => targetOf(name, scopeFrom(variables), { defaults: { connection } })).join(), said, variables)
})

test.run()
