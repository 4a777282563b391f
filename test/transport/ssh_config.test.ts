import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { needInConfig } from '../../engine/transport/ssh_config.ts'

const test = suite('ssh_config')

const cases: readonly (readonly [string, string, string | undefined])[] = [
  ['nothing', '', undefined],
  ['comments and blank lines', '# Include x\n\n   # y', undefined],
  ['settings that make no difference', 'Host *\n  ServerAliveInterval 30\n  ControlMaster auto\n\tHashKnownHosts=yes', undefined],
  ['a match', 'Match host sentry-1\n  User ana', 'Match'],
  ['an include', 'Include conf.d/*', 'Include'],
  ['a proxy for the host', 'Host sentry-*\n  ProxyJump bastion', 'ProxyJump'],
  ['a proxy for another host', 'Host public-*\n  ProxyJump bastion', undefined],
  ['a proxy for all but the host', 'Host * !sentry-1\n  ProxyCommand nc %h %p', undefined],
  ['a user for every host, before any block', 'User ana\nHost x\n', 'User'],
  ['an address behind a quoted name', 'Host "sentry-1"\n  HostName 10.0.0.1', 'HostName'],
  ['an agent of its own', 'Host *\nIdentityAgent ~/agent', 'IdentityAgent'],
  ['a block that ends at the next', 'Host sentry-1\n Compression yes\nHost other\n User x', undefined],
  ['the form with an equals sign', 'Host=sentry-1\nPort = 2222', 'Port'],
]

for (const [title, text, need] of cases) {
  test(`finds ${need ?? 'no need of OpenSSH'} in ${title}`, () => assert.is(needInConfig(text, 'sentry-1'), need))
}

test.run()
