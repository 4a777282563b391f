import { EventEmitter } from 'node:events'
import type { Client } from 'ssh2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchHandshake } from '../../engine/transport/ssh_internals.ts'

const test = suite('ssh_internals')

const [GCM, CHACHA, CTR] = ['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr']

const cases = [
  { cipher: GCM, mac: '', strict: false, refused: false },
  { cipher: CHACHA, mac: '', strict: false, refused: true },
  { cipher: CHACHA, mac: '', strict: true, refused: false },
  { cipher: CTR, mac: 'hmac-sha2-256-etm@openssh.com', strict: false, refused: true },
  { cipher: CTR, mac: 'hmac-sha2-256-etm@openssh.com', strict: true, refused: false },
  { cipher: CTR, mac: 'hmac-sha2-256', strict: false, refused: false },
]

for (const { cipher, mac, strict, refused } of cases) {
  test(`${refused ? 'refuses' : 'takes'} ${cipher} ${mac} where the key exchange is ${strict ? '' : 'not '}strict`, () => {
    // As ssh2's client looks to us at that moment.
    const client = Object.assign(new EventEmitter(), { _protocol: { _strictMode: strict } })
    let heard = false
    watchHandshake(client as unknown as Client, () => {
      heard = true
    })
    client.emit('handshake', { cs: { cipher, mac }, sc: { cipher: GCM, mac: '' } })
    assert.is(heard, refused)
  })
}

test.run()
