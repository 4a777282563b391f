import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Account, type Answer, judgePlacement, type PlacementCase } from '../../engine/guard/judge_placement.ts'
import type { Placement } from '../../engine/guard/placement.ts'

const test = suite('where a key may sign')

const KEY = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
const OTHER = 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE='
const CHAIN = 'hub-1'
const shard = (number: number, publicKey = KEY) => ({ chain: CHAIN, publicKey, shard: number })
const PATH = `/var/lib/horcrux/${CHAIN}_shard.json`

const machineOf = (host: string) => Buffer.from(host.padEnd(16, '.')).toString('hex')
const here = (host: string) => ({ host, machine: machineOf(host) })

function account(host: string, more: Partial<Account> = {}): Account {
  return { machine: machineOf(host), keys: [], unread: [], signers: [], placements: [], marks: [], ...more }
}

const held = (host: string, number: number, more: Partial<Placement> = {}): Placement => ({
  ...shard(number),
  ...here(host),
  state: 'held',
  turn: 1,
  since: '2026-11-20T08:00:00Z',
  claim: 'one',
  ...more,
})

const SILENT: Answer = { silent: 'connection refused' }
const RUNS = ['horcrux.service is active']
const holding = (number: number) => ({ keys: [{ ...shard(number), path: PATH }], signers: RUNS })

/** Shard 1 is to go to `c1`, of three cosigners and a sentry. */
function judged(answers: { readonly [host: string]: Answer }, more: Partial<PlacementCase> = {}) {
  const all = { c1: account('c1'), c2: account('c2'), c3: account('c3'), s1: account('s1'), ...answers }
  return judgePlacement({
    key: shard(1),
    at: here('c1'),
    answers: new Map(Object.entries(all)),
    keepers: ['c1', 'c2', 'c3'],
    vouched: new Set(),
    replaces: false,
    ...more,
  })
}

const ROWS: readonly (readonly [
  title: string,
  answers: { readonly [host: string]: Answer },
  more: Partial<PlacementCase>,
  says: readonly (string | RegExp)[],
])[] = [
  ['on a fresh fleet', {}, {}, []],
  ['beside other shards of the key', { c2: account('c2', holding(2)), c3: account('c3', holding(3)) }, {}, []],
  ['where it lies already', { c1: account('c1', holding(1)) }, {}, []],
  ['not where another host has it', { c2: account('c2', holding(1)) }, {}, [/^shard 1 of `hub-1` is on `c2`/]],
  ['also if that one has stopped', { c2: account('c2', { keys: [{ ...shard(1), path: PATH }] }) }, {}, [/is on `c2`/]],
  ['the shard of another chain is another', { c2: account('c2', { keys: [{ ...shard(1), chain: 'osmo-1', path: PATH }] }) }, {}, []],
  [
    'not beside the whole key',
    { s1: account('s1', { keys: [{ publicKey: KEY, path: '/x' }] }) },
    {},
    [/^the whole key of `hub-1` is on `s1`: \/x/],
  ],
  ['not beside the whole key on the same host', { c1: account('c1', { keys: [{ publicKey: KEY, path: '/x' }] }) }, {}, [/whole key/]],
  ['a node has a key of its own', { s1: account('s1', { keys: [{ publicKey: OTHER, path: '/x' }] }) }, {}, []],
  [
    'a whole key not beside a shard',
    { c2: account('c2', holding(2)) },
    { key: { chain: CHAIN, publicKey: KEY } },
    [/^shard 2 of `hub-1` is on `c2`/],
  ],
  ['not while a host does not answer', { s1: SILENT }, {}, [/^`s1` does not answer, so nobody knows what it holds: connection refused/]],
  ['unless someone vouches for that host', { s1: SILENT }, { vouched: new Set(['s1']) }, []],
  [
    'not where most records are missing',
    { c2: SILENT, c3: SILENT },
    { vouched: new Set(['c2', 'c3']) },
    [/^1 of 3 hosts that keep the records answer/],
  ],
  [
    'not where it is on record on a host that is silent',
    { c2: account('c2', { placements: [held('c9', 1)] }), c9: SILENT },
    {},
    [/^shard 1 of `hub-1` is on record on `c9` since .*does not answer/],
  ],
  ['nor on one that nobody asked', { c2: account('c2', { placements: [held('c9', 1)] }) }, {}, [/nobody asked it/]],
  [
    'the name of the host does not vouch for the machine',
    { c2: account('c2', { placements: [held('c9', 1)] }), c9: SILENT },
    { vouched: new Set(['c9']) },
    [/on record on `c9`/],
  ],
  [
    'the machine has to be named',
    { c2: account('c2', { placements: [held('c9', 1)] }), c9: SILENT },
    { vouched: new Set([`c9/${machineOf('c9')}`]) },
    [],
  ],
  [
    'not while the old machine may live',
    { c2: account('c2', { placements: [held('c1', 1, { machine: machineOf('old') })] }) },
    {},
    [/another machine has that name now/],
  ],
  [
    'unless that one is vouched for',
    { c2: account('c2', { placements: [held('c1', 1, { machine: machineOf('old') })] }) },
    { vouched: new Set([`c1/${machineOf('old')}`]) },
    [],
  ],
  ['where the old place has nothing left', { c2: account('c2', { placements: [held('c2', 1)] }) }, {}, []],
  [
    'not while something signs there',
    { c2: account('c2', { placements: [held('c2', 1)], signers: RUNS }) },
    {},
    [/horcrux.service is active there/],
  ],
  [
    'what is released is released',
    {
      c2: account('c2', { placements: [held('c9', 1), held('c9', 1, { state: 'released', turn: 2 })] }),
      c9: account('c9', { signers: RUNS }),
    },
    {},
    [],
  ],
  [
    'and may be held again',
    { c2: account('c2', { placements: [held('c9', 1, { turn: 3 }), held('c9', 1, { state: 'released', turn: 2 })] }), c9: SILENT },
    {},
    [/on record on `c9`/],
  ],
  [
    'not a part of another key than the others have',
    { c2: account('c2', { keys: [{ ...shard(2, OTHER), path: PATH }] }) },
    {},
    [/^the shard belongs to the public key/],
  ],
  [
    'not a part of another splitting',
    { c2: account('c2', { placements: [held('c2', 2, { generation: 'old' })] }) },
    { key: { ...shard(1), generation: 'new' } },
    [/^the shard is from another splitting/],
  ],
  ['where nobody says from which', { c2: account('c2', { placements: [held('c2', 2)] }) }, { key: { ...shard(1), generation: 'new' } }, []],
  ['unless the validator gets another key', { c2: account('c2', { keys: [{ ...shard(2, OTHER), path: PATH }] }) }, { replaces: true }, []],
]

for (const [title, answers, more, says] of ROWS) {
  test(title, () => {
    const { objections } = judged(answers, more)
    assert.is(objections.length, says.length, JSON.stringify(objections))
    for (const [i, text] of says.entries()) assert.match(objections[i]?.message ?? '', text)
  })
}

test('what is on record here and lies here needs only the majority of the records', () => {
  const c1 = account('c1', { ...holding(1), placements: [held('c1', 1)] })
  const { objections, settled } = judged({ c1, c2: SILENT, s1: SILENT })
  assert.equal(objections, [])
  assert.equal(settled, held('c1', 1))
  assert.is(judged({ c1, c2: SILENT, c3: SILENT }).objections.length, 1)
  assert.is(judged({ c1, c2: account('c2', { placements: [held('c9', 1)] }), c9: SILENT }).objections.length, 1)
})

test('a key that someone brought by hand is not settled', () => {
  assert.is(judged({ c1: account('c1', holding(1)) }).settled, undefined)
  assert.is(
    judged({ c1: account('c1', { ...holding(1), placements: [held('c1', 1, { state: 'released', turn: 2 })] }) }).settled,
    undefined,
  )
})

test('says what becomes of the other records, and of which turn the next one is', () => {
  const records = [held('c9', 1, { turn: 4 }), held('c3', 1, { turn: 2 })]
  const { closed, turn } = judged(
    { c2: account('c2', { placements: records }), c9: SILENT },
    { vouched: new Set([`c9/${machineOf('c9')}`]) },
  )
  assert.is(turn, 5)
  assert.equal(
    closed.map(({ host, state }) => [host, state]),
    [
      ['c9', 'written off'],
      ['c3', 'leaving'],
    ],
  )
})

test('half of those that keep the records are too few: the other half could say something else', () => {
  const own = account('c1', { ...holding(1), placements: [held('c1', 1)] })
  const { objections } = judged({ c1: own, c3: SILENT, c4: SILENT }, { keepers: ['c1', 'c2', 'c3', 'c4'] })
  assert.match(objections[0]?.message ?? '', /^2 of 4 hosts that keep the records answer, too few/)
})

test('who vouches for one host says nothing of another', () => {
  const { objections } = judged({ c2: SILENT, s1: SILENT }, { vouched: new Set(['s1']) })
  assert.is(objections.length, 1)
  assert.match(objections[0]?.message ?? '', /^`c2` does not answer/)
})

test('the furthest mark of any signer of the chain goes with the key', () => {
  const mark = (height: number, round: number, step: number, chain = CHAIN) => ({ height, round, step, chain, path: '/x' })
  const answers = {
    c1: account('c1', { marks: [mark(5, 0, 3)] }),
    c2: account('c2', { marks: [mark(10, 1, 2), mark(10, 0, 3), mark(99, 0, 1, 'osmo-1')] }),
    c3: account('c3', { placements: [held('c9', 1, { state: 'released', turn: 2, mark: { height: 10, round: 1, step: 3 } })] }),
  }
  assert.equal(judged(answers).mark, { height: 10, round: 1, step: 3 })
  assert.is(judged({}).mark, undefined)
})

/** A whole key, on which hosts it was before, and how far the new one knows that it signed. */
const WHOLE = { chain: CHAIN, publicKey: KEY }
const gone = (more: Partial<Placement>): Placement => ({ ...held('s1', 1), ...WHOLE, state: 'released', turn: 2, ...more })
const MOVES: readonly (readonly [what: string, before: readonly Placement[], knows: number | undefined, says: RegExp | undefined])[] = [
  ['was nowhere', [], undefined, undefined],
  [
    'signed elsewhere',
    [gone({ mark: { height: 100, round: 0, step: 3 } })],
    undefined,
    /has signed up to height 100, and `c1` does not know/,
  ],
  ['signed elsewhere further', [gone({ mark: { height: 100, round: 1, step: 3 } })], 100, /has signed up to height 100/],
  ['signed elsewhere, and that is known here', [gone({ mark: { height: 100, round: 0, step: 3 } })], 100, undefined],
  ['never signed elsewhere', [gone({ mark: { height: 0, round: 0, step: 0 } })], undefined, undefined],
  ['was on a host that is lost', [gone({ state: 'written off' })], undefined, /has been on `s1`, and may have signed there/],
  ['was on a host that is lost, and this one begins anew', [gone({ state: 'written off' })], 0, /has been on `s1`/],
  ['was on a host that is lost, and what it signed is said', [gone({ state: 'written off' })], 7, undefined],
]

for (const [what, placements, knows, says] of MOVES) {
  test(`a whole key that ${what} ${says ? 'needs its signing state first' : 'may come'}`, () => {
    const marks = knows === undefined ? [] : [{ height: knows, round: 0, step: 3, chain: CHAIN, path: '/x' }]
    const { objections } = judged({ c1: account('c1', { marks }), c2: account('c2', { placements }) }, { key: WHOLE })
    assert.is(objections.length, says ? 1 : 0, JSON.stringify(objections))
    if (says) assert.match(objections[0]?.message ?? '', says)
  })
}

test('what the old key of the chain has signed says nothing of a new one', () => {
  const marks = [{ height: 50, round: 0, step: 3, chain: CHAIN, path: '/x' }]
  const answers = { c2: account('c2', { marks }) }
  assert.is(judged(answers, { key: WHOLE }).objections.length, 1, 'the cosigners may have signed with its shards')
  assert.equal(judged(answers, { key: WHOLE, replaces: true }).objections, [])
})

test.run()
