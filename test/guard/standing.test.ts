import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Member } from '../../engine/fleet/model.ts'
import { type Link, readPort, type SignerLook } from '../../engine/guard/signer_look.ts'
import { isIdle, standingsOf } from '../../engine/guard/standing.ts'

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
  const look = readPort(said(TABLES), 2222)
  if (look.kind !== 'seen') throw new Error(look.why)
  assert.equal(look.listening, ['41234', '41235'])
  assert.equal(
    look.links.map(({ local, remote }) => `${local.address} ${local.port} ${remote.address} ${remote.port}`),
    [
      '10.0.1.10 2222 10.0.1.11 50000',
      '10.0.1.10 50001 10.0.1.12 2222',
      '10.0.1.10 2222 10.0.1.14 50000',
      '[fd00::1] 2222 [fd00::2] 50000',
    ],
  )
  assert.not.ok(look.links.some(({ isStuck }) => isStuck))
})

test('is not known where there are no tables, or no answer', () => {
  assert.is(readPort(said(''), 2222).kind, 'silent')
  assert.equal(readPort({ silent: 'it is away' }, 2222), { kind: 'silent', why: 'it is away' })
})

test('one that listens on another port does not listen', () => {
  assert.ok(isIdle(readPort(said(TABLES), 2223)))
  assert.not.ok(isIdle({ kind: 'silent', why: 'it is away' }), 'what cannot be seen may be up')
})

const LISTENER = '00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0'

test('a Horcrux on another port than the inventory says may be the one that signs', () => {
  const table = 'hf.table /proc/net/tcp\n'
  const process = `hf.signer /proc/12\nhf.socket 41234\nhf.socket 41240\n   0: 00000000:08AF ${LISTENER} 41234 1 0\n   1: 00000000:0016 ${LISTENER} 999 1 0\n`
  const look = readPort(said(table + process), 2222)
  assert.not.ok(isIdle(look))
  assert.equal(look.kind === 'seen' && look.astray, [2223], 'nor is a port of another program its own')
  const stands = standings([look, seen(['1'], [])])
  assert.equal(stands.get('c1'), { state: 'down', why: 'nothing listens on its port 2222, but its `horcrux` listens on 2223' })
  assert.ok(isIdle(readPort(said(`${table}hf.signer /proc/12\nhf.socket 41234\n`), 2222)), 'one that listens nowhere is no cosigner yet')
  const both = `${table}   0: 00000000:08AE ${LISTENER} 41234 1 0\nhf.signer /proc/12\nhf.socket 41234\nhf.socket 7\n   0: 00000000:08AE ${LISTENER} 41234 1 0\n   1: 00000000:1770 ${LISTENER} 7 1 0\n`
  const right = readPort(said(both), 2222)
  assert.equal(right.kind === 'seen' && right.astray, [], 'metrics have a port of their own')
})

/** A connection as the kernel prints it: how often something was sent again, and how many questions had no answer. */
const STUCK: readonly (readonly [resent: string, unanswered: number, isStuck: boolean])[] = [
  ['00000000', 0, false],
  ['00000002', 1, false],
  ['00000003', 0, true],
  ['0000000A', 0, true],
  ['00000000', 2, true],
]

for (const [resent, unanswered, isStuck] of STUCK) {
  test(`what was sent again ${resent} times, and asked about ${unanswered} times, is ${isStuck ? '' : 'not '}stuck`, () => {
    const line = `   1: 0A01000A:08AE 0B01000A:C350 01 00000010:00000000 01:000A7214 ${resent}   998 ${unanswered} 41300 2 0000000000000000 20 4 30 10 -1\n`
    const look = readPort(said(`hf.table /proc/net/tcp\n${line}`), 2222)
    assert.equal(look.kind === 'seen' && look.links.map((link) => link.isStuck), [isStuck])
  })
}

const [ALONE, IDLE, AWAY] = [seen(['1'], []), seen([], []), { kind: 'silent', why: 'no route' } as const]
const [ONE, OTHER] = [seen(['1'], [link(1, 2)]), seen(['1'], [link(2, 1)])]
const NOBODY = 'it listens, but is connected with no other cosigner that does'

const CASES: readonly (readonly [what: string, looks: readonly SignerLook[], stands: string])[] = [
  ['listens and is connected with one that listens', [ONE, OTHER], 'up'],
  ['is connected with one that does not listen', [ONE, IDLE], NOBODY],
  ['is connected with one that cannot be asked', [ONE, AWAY], NOBODY],
  ['is connected with one that knows nothing of it', [ONE, ALONE], NOBODY],
  ['is known to one without knowing it', [ALONE, OTHER], NOBODY],
  ['listens and is connected with nobody', [ALONE, ALONE], NOBODY],
  ['is connected with a stranger', [seen(['1'], [link(1, 9)]), OTHER], NOBODY],
  ['gets nothing through', [seen(['1'], [{ ...link(1, 2), isStuck: true }]), OTHER], NOBODY],
  ['hears nothing any more', [ONE, seen(['1'], [{ ...link(2, 1), isStuck: true }])], NOBODY],
  [
    'gets nothing through on one of two connections',
    [seen(['1'], [link(1, 2), { ...link(1, 2, 7), isStuck: true }]), seen(['1'], [link(2, 1), link(2, 1, 7)])],
    NOBODY,
  ],
  [
    'has a connection left that the other lost when it went without a word',
    [seen(['1'], [link(1, 2), { ...link(1, 2, 7), isStuck: true }]), OTHER],
    'up',
  ],
  ['does not listen', [IDLE, OTHER], 'nothing listens on its port 2222'],
  ['cannot be asked', [AWAY, OTHER], 'cannot be asked: no route'],
]

for (const [what, looks, stands] of CASES) {
  test(`${what}: ${stands}`, () => assert.is(standing(standings(looks), 'c1'), stands))
}

test('is told by the connection itself where the inventory has a name or another address', () => {
  const names = [member('c1', 'c1.example'), member('c2', '192.0.2.7')]
  assert.is(standing(standings([ONE, OTHER], names), 'c1'), 'up')
  const loop = { local: { address: '127.0.0.1', port: 2222 }, remote: { address: '127.0.0.1', port: 2222 }, isStuck: false }
  assert.is(standing(standings([seen(['1'], [loop]), seen(['1'], [loop])], names), 'c1'), NOBODY)
})

test('is told by the inventory where addresses are translated on the way', () => {
  const near = { local: { address: '172.16.0.1', port: 40_000 }, remote: { address: '10.0.0.2', port: 2222 }, isStuck: false }
  const far = { local: { address: '172.16.0.1', port: 2222 }, remote: { address: '10.0.0.1', port: 40_000 }, isStuck: false }
  assert.is(standing(standings([seen(['1'], [near]), seen(['1'], [far])]), 'c1'), 'up')
  assert.is(standing(standings([seen(['1'], [near]), seen(['1'], [{ ...far, isStuck: true }])]), 'c1'), NOBODY)
})

test('a split network leaves those up that are the most', () => {
  const stands = standings(splitInto([1, 2], [3, 4, 5]))
  assert.is(standing(stands, 'c1'), 'it is connected with c2 alone, and not with c3, c4, c5')
  assert.equal(
    ['c3', 'c4', 'c5'].map((name) => standing(stands, name)),
    ['up', 'up', 'up'],
  )
})

test('of two parts of one size only one can be counted on', () => {
  const stands = standings(splitInto([1, 2], [3, 4], [5]))
  assert.equal(
    [...stands.values()].map(({ state }) => state),
    ['up', 'up', 'down', 'down', 'down'],
  )
})

test('those who are connected with the one that leads, and with nobody else, are up', () => {
  const spokes = [2, 3, 4, 5].map((spoke) => seen(['1'], [link(spoke, 1)]))
  const stands = standings([
    seen(
      ['1'],
      [2, 3, 4, 5].map((spoke) => link(1, spoke)),
    ),
    ...spokes,
  ])
  assert.ok([...stands.values()].every(({ state }) => state === 'up'))
})

test('as many are up as the largest part has, whatever the network is split into', () => {
  const parts = fc.array(fc.nat(3), { minLength: 2, maxLength: 9 })
  fc.assert(
    fc.property(parts, (partOf) => {
      const groups = [0, 1, 2, 3].map((part) => partOf.flatMap((one, i) => (one === part ? [i + 1] : [])))
      const stands = standings(splitInto(...groups))
      const up = [...stands].flatMap(([name, { state }]) => (state === 'up' ? [Number(name.slice(1))] : []))
      const largest = Math.max(...groups.map(({ length }) => length))
      assert.is(up.length, largest < 2 ? 0 : largest)
      assert.ok(
        up.every((one) => partOf[one - 1] === partOf[(up[0] ?? 0) - 1]),
        'all of one part',
      )
    }),
  )
})

test.run()

function standings(looks: readonly SignerLook[], cosigners = looks.map((_, i) => member(`c${i + 1}`, `10.0.0.${i + 1}`))) {
  return standingsOf({ looks: new Map(looks.map((look, i) => [`c${i + 1}`, look])), cosigners, port: 2222 })
}

function standing(all: ReturnType<typeof standings>, name: string): string {
  const stands = all.get(name)
  return stands?.state === 'down' ? stands.why : String(stands?.state)
}

/** Cosigners of which each is connected with all of its own part, and with those of the others over what is stuck. */
function splitInto(...parts: readonly (readonly number[])[]): readonly SignerLook[] {
  const all = parts.flat().toSorted((a, b) => a - b)
  return all.map((one) => {
    const own = parts.find((part) => part.includes(one)) ?? []
    const links = all.filter((other) => other !== one).map((other) => ({ ...link(one, other), isStuck: !own.includes(other) }))
    return seen(['1'], links)
  })
}

function said(stdout: string) {
  return { rc: 0, stdout, stderr: '' }
}

function seen(listening: readonly string[], links: readonly Link[]): SignerLook {
  return { kind: 'seen', listening, links, astray: [] }
}

/** The end that one cosigner has of a connection with another; the later one dialled. */
function link(own: number, other: number, nth = 0): Link {
  const dialled = 40_000 + Math.max(own, other) * 100 + Math.min(own, other) * 10 + nth
  const end = (number: number) => ({ address: `10.0.0.${number}`, port: number === Math.max(own, other) ? dialled : 2222 })
  return { local: end(own), remote: end(other), isStuck: false }
}

function member(name: string, address: string): Member {
  const origin = { file: 'hosts.yml', line: 1, column: 1 }
  return { name, origin, tier: 'cosigner', chain: { value: 'x', origin }, privateAddress: { value: address, origin } }
}
