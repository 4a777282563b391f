import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { configText, presharedKey } from '../../engine/modules/wireguard_text.ts'

const test = suite('wireguard text')

const [OWN, OTHER] = [keyOf(1), keyOf(2)]
const peer = {
  name: 'sentry-1',
  public_key: OTHER,
  allowed_ips: ['10.42.2.11', 'fd00:0::11'],
  endpoint: '203.0.113.21:51820',
  keepalive: 25,
}
const end = {
  addresses: ['10.42.3.11/32'],
  listen_port: 51820,
  mtu: 1420,
  peers: [peer, { public_key: keyOf(3), allowed_ips: ['10.42.3.12/32'] }],
}

test('the file is what `wg-quick` reads, without the private key', () => {
  assert.is(
    configText(end, OWN),
    `# Kept by Holdfast.
[Interface]
Address = 10.42.3.11/32
ListenPort = 51820
MTU = 1420

[Peer]
# sentry-1
PublicKey = ${OTHER}
AllowedIPs = 10.42.2.11/32, fd00::11/128
Endpoint = 203.0.113.21:51820
PersistentKeepalive = 25

[Peer]
PublicKey = ${keyOf(3)}
AllowedIPs = 10.42.3.12/32
`,
  )
})

test('both ends of a pair work out the same preshared key, and no other pair has it', () => {
  const secret = new Secret('mesh', 'long and random')
  const key = presharedKey(secret, [OWN, OTHER])
  assert.is(Buffer.from(key, 'base64').length, 32)
  assert.is(key, presharedKey('long and random', [OTHER, OWN]))
  assert.is.not(key, presharedKey(secret, [OWN, keyOf(3)]))
  assert.is.not(key, presharedKey('another', [OWN, OTHER]))
  assert.match(configText({ ...end, preshared_secret: secret }, OWN), `PublicKey = ${OTHER}\nPresharedKey = ${key}\n`)
})

test.run()

function keyOf(number: number): string {
  return Buffer.alloc(32, number).toString('base64')
}
