import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Member } from '../../engine/fleet/model.ts'
import { readPort, type SignerLook } from '../../engine/guard/signer_look.ts'
import { isIdle, standingOf } from '../../engine/guard/standing.ts'

const test = suite('how a cosigner stands')

/** Lines as the kernel prints them: a listener on port 2222, one connection each way, one of another port, one that is closing. */
const TABLES = `hf.table /proc/net/tcp
   0: 00000000:08AE 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 41234 1 0000000000000000 100 0 0 10 0
   1: 0A01000A:08AE 0B01000A:C350 01 00000000:00000000 02:000A7214 00000000   998        0 41300 2 0000000000000000 20 4 30 10 -1
   2: 0A01000A:C351 0C01000A:08AE 01 00000000:00000000 02:000A7214 00000000   998        0 41301 2 0000000000000000 20 4 30 10 -1
   3: 0A01000A:C352 0D01000A:08AE 06 00000000:00000000 03:00000DDF 00000000     0        0 0 3 0000000000000000
hf.table /proc/net/tcp6
   0: 00000000000000000000000000000000:08AE 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 41235 1 0000000000000000 100 0 0 10 0
   1: 0000000000000000FFFF00000A01000A:08AE 0000000000000000FFFF00000E01000A:C350 01 00000000:00000000 00:00000000 00000000   998        0 41310 1 0000000000000000 20 4 30 10 -1
   2: 000000FD000000000000000001000000:08AE 000000FD000000000000000002000000:C350 01 00000000:00000000 00:00000000 00000000   998        0 41311 1 0000000000000000 20 4 30 10 -1
`

test('is read from the tables of the kernel', () => {
  assert.equal(readPort({ rc: 0, stdout: TABLES, stderr: '' }, 2222), {
    kind: 'seen',
    listening: ['41234', '41235'],
    peers: ['10.0.1.11', '10.0.1.12', '10.0.1.14', '[fd00::2]'],
  })
})

test('is not known where there are no tables, or no answer', () => {
  assert.is(readPort({ rc: 0, stdout: '', stderr: '' }, 2222).kind, 'silent')
  assert.equal(readPort({ silent: 'it is away' }, 2222), { kind: 'silent', why: 'it is away' })
})

test('one that listens on another port does not listen', () => {
  assert.ok(isIdle(readPort({ rc: 0, stdout: TABLES, stderr: '' }, 2223)))
  assert.not.ok(isIdle({ kind: 'silent', why: 'it is away' }), 'what cannot be seen may be up')
})

const [LISTENS, ALONE, IDLE, AWAY] = [
  seen(['1'], ['10.0.0.2']),
  seen(['1'], []),
  seen([], []),
  { kind: 'silent', why: 'no route' } as const,
]

const CASES: readonly (readonly [what: string, looks: readonly SignerLook[], stands: string])[] = [
  ['listens and is connected with one that listens', [LISTENS, LISTENS], 'up'],
  ['is connected with one that does not listen', [LISTENS, IDLE], 'it listens, but is connected with no other cosigner that does'],
  ['is connected with one that cannot be asked', [LISTENS, AWAY], 'it listens, but is connected with no other cosigner that does'],
  ['listens and is connected with nobody', [ALONE, LISTENS], 'it listens, but is connected with no other cosigner that does'],
  ['is connected with a stranger', [seen(['1'], ['10.0.0.9']), LISTENS], 'it listens, but is connected with no other cosigner that does'],
  ['does not listen', [IDLE, LISTENS], 'nothing listens on its port 2222'],
  ['cannot be asked', [AWAY, LISTENS], 'cannot be asked: no route'],
]

for (const [what, looks, stands] of CASES) {
  test(`${what}: ${stands}`, () => assert.is(standing(looks), stands))
}

test('of one that is known by name alone, any address but its own will do', () => {
  const names = [member('c1', '10.0.0.1'), member('c2', 'c2.example')]
  assert.is(standing([seen(['1'], ['10.9.9.9']), LISTENS], names), 'up')
  assert.is.not(standing([seen(['1'], ['127.0.0.1']), LISTENS], names), 'up')
})

test.run()

function standing(
  looks: readonly SignerLook[],
  cosigners: readonly Member[] = [member('c1', '10.0.0.1'), member('c2', '10.0.0.2')],
): string {
  const seenAll = new Map(looks.map((look, i) => [`c${i + 1}`, look]))
  const stands = standingOf(cosigners[0] as Member, { looks: seenAll, cosigners, port: 2222 })
  return stands.state === 'up' ? 'up' : stands.why
}

function seen(listening: readonly string[], peers: readonly string[]): SignerLook {
  return { kind: 'seen', listening, peers }
}

function member(name: string, address: string): Member {
  const origin = { file: 'hosts.yml', line: 1, column: 1 }
  return { name, origin, tier: 'cosigner', chain: { value: 'x', origin }, privateAddress: { value: address, origin } }
}
