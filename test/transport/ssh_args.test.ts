import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSshArgs } from '../../engine/transport/ssh_args.ts'
import type { SshArgsTarget } from '../../engine/transport/ssh_args_option.ts'

const test = suite('ssh_args')

const understood: readonly (readonly [string, SshArgsTarget])[] = [
  ['', {}],
  ['-o ProxyJump=bastion', { jumps: [{ address: 'bastion' }] }],
  ['-oProxyJump=ana@bastion:2222,10.0.0.2', { jumps: [{ address: 'bastion', port: 2222, user: 'ana' }, { address: '10.0.0.2' }] }],
  ['-J ssh://ana@[fd00::1]:2222', { jumps: [{ address: 'fd00::1', port: 2222, user: 'ana' }] }],
  ['-o "ProxyJump none"', { jumps: [] }],
  [`-o ProxyCommand="ssh -W %h:%p -q ana@bastion"`, { proxyCommand: 'ssh -W %h:%p -q ana@bastion' }],
  [`-o 'ProxyCommand=nc -X connect %h %p'`, { proxyCommand: 'nc -X connect %h %p' }],
  ['-o StrictHostKeyChecking=yes', { hostKeyPolicy: 'strict' }],
  ['-o StrictHostKeyChecking=accept-new', { hostKeyPolicy: 'accept-new' }],
  ['-i ~/.ssh/a -i "/keys/b c"', { keyFiles: ['~/.ssh/a', '/keys/b c'] }],
  ['-p2222 -l ana', { port: 2222, user: 'ana' }],
  ['-o Port=2222 -o User=ana', { port: 2222, user: 'ana' }],
  ['-o UserKnownHostsFile=/a', { knownHostsFiles: ['/a'] }],
  [`-o 'UserKnownHostsFile=/a /b'`, { knownHostsFiles: ['/a', '/b'] }],
  ['-o ConnectTimeout=7 -o ServerAliveInterval=30', { timeoutMs: 7000, keepaliveMs: 30_000 }],
  ['-C -o ControlMaster=auto -o ControlPersist=60s -o ControlPath=/x/%r', {}],
  ['-o ForwardAgent=no', {}],
  ['-o IdentityAgent=/run/agent', { agent: '/run/agent' }],
  ['-o KexAlgorithms=+x -4 -F /etc/my_config', { sshWords: ['-o', 'KexAlgorithms=+x', '-4', '-F', '/etc/my_config'] }],
  ['-c aes256-ctr', { sshWords: ['-o', 'Ciphers=aes256-ctr'] }],
  [`-o  ConnectTimeout\\=7`, { timeoutMs: 7000 }],
]

for (const [text, target] of understood) {
  test(`understands \`${text}\``, () => assert.equal(parseSshArgs(text), { target, problems: [] }))
}

const refused: readonly (readonly [string, RegExp])[] = [
  ['-o StrictHostKeyChecking=no', /always checked/],
  ['-o StrictHostKeyChecking=off', /always checked/],
  ['-o UserKnownHostsFile=/dev/null', /always checked/],
  ['-A', /agent forwarding/],
  ['-o ForwardAgent=yes', /agent forwarding/],
  ['-L 80:localhost:80', /`-L` cannot be honoured/],
  ['-N', /`-N` cannot be honoured/],
  ['bastion', /`bastion` cannot be honoured/],
  ['-o ProxyJump=a:b:c', /no list of jump hosts/],
  ['-p many', /is no number/],
  ['-o', /is no `Option=value`/],
  [`-o "ProxyJump=a`, /quotes/],
]

for (const [text, message] of refused) {
  test(`refuses \`${text}\``, () => {
    const origin = { file: 'hosts.yml', line: 3, column: 5 }
    const { problems } = parseSshArgs(text, origin)
    assert.is(problems.length, 1)
    assert.match(problems[0]?.message ?? '', message)
    assert.equal(problems[0]?.origin, origin)
  })
}

test('reports every word it cannot honour', () => {
  assert.is(parseSshArgs('-A -N -p x -C').problems.length, 3)
})

test.run()
