/** Keys by which cosigners know each other are found to be wrong before anybody gets them. */
import { createECDH } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { channelFault, readChannel } from '../../engine/ceremony/channel.ts'
import { Secret } from '../../engine/core/secret.ts'
import { LOST_ZERO } from '../support/stand_in_horcrux.ts'

const test = suite('the ECIES keys of cosigners')

// The private keys 1, 2 and 0x99, the last of which has a public key that begins with a zero byte.
const PRIVATE = [1, 2, 0x99].map((number) => number.toString(16).padStart(64, '0'))
const PUBLIC = PRIVATE.map((hex) => {
  const pair = createECDH('secp256k1')
  pair.setPrivateKey(hex, 'hex')
  return pair.getPublicKey('hex')
})

test('pairs that belong together are right, also with a zero byte where it belongs', () => {
  assert.match(PUBLIC[2] ?? '', /^0400/)
  for (const [i, own] of PRIVATE.entries()) assert.is(channelFault({ id: i + 1, own: base64(own), peers: PUBLIC.map(base64) }), undefined)
})

test('a private key is right without the zeros that it begins with', () => {
  assert.is(channelFault({ id: 2, own: base64('02'), peers: PUBLIC.map(base64) }), undefined)
})

test('a public key that lost its zero byte is found by every cosigner', () => {
  assert.is(PRIVATE[2], LOST_ZERO.private)
  const peers = [PUBLIC[0], PUBLIC[1], LOST_ZERO.written].map((hex) => base64(hex ?? ''))
  for (const [i, own] of PRIVATE.entries()) {
    assert.match(channelFault({ id: i + 1, own: base64(own), peers }) ?? '', 'the public key of cosigner 3 among its ECIES keys is none')
  }
})

const [ONE = '', TWO = '', THREE = ''] = PUBLIC
const OWN = PRIVATE[0] ?? ''

for (const [what, { own = OWN, peers = PUBLIC, id = 1, words }] of Object.entries({
  'a private key of another': { own: PRIVATE[1], words: 'is not that of the public key of cosigner 1' },
  'a number that nobody has': { id: 4, words: 'is not that of the public key of cosigner 4' },
  'lists in another order': { peers: [TWO, ONE, THREE], words: 'is not that of the public key of cosigner 1' },
  'one key for two': { peers: [ONE, TWO, TWO], words: 'two cosigners have one public key' },
  'a private key of nothing': { own: '', words: 'its private ECIES key is none' },
  'a private key of zeros': { own: '00'.repeat(32), words: 'its private ECIES key is none' },
  'a private key above the order of the group': { own: 'ff'.repeat(32), words: 'its private ECIES key is none' },
  'a private key that is too long': { own: `00${OWN}`, words: 'its private ECIES key is none' },
  'a short public key': { peers: [ONE, TWO, THREE.slice(0, -2)], words: 'of cosigner 3 among its ECIES keys is none' },
  'a compressed public key': { peers: [ONE, `02${TWO.slice(2, 66)}`, THREE], words: 'of cosigner 2 among its ECIES keys is none' },
} as { readonly [what: string]: { own?: string; peers?: readonly string[]; id?: number; words: string } })) {
  test(`${what} is refused`, () => {
    assert.match(channelFault({ id, own: base64(own), peers: peers.map(base64) }) ?? '', words)
  })
}

test('text that is no file of Horcrux is none', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{"id":1}',
    '{"id":"1","eciesKey":"AA==","eciesPubs":[]}',
    '{"id":1,"eciesKey":"AA==","eciesPubs":[4]}',
  ])
    assert.is(readChannel(new Secret('test', text)), undefined, text)
})

test.run()

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}
