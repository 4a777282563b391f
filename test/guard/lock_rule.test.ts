import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { described, type Holder, readHolder, written } from '../../engine/guard/holder.ts'
import { type Finding, ruling } from '../../engine/guard/lock_rule.ts'

const test = suite('the rule of the fleet lock')

const RIVAL: Holder = { run: 'r', user: 'eve', from: 'desk', process: 7, since: 'noon', doing: 'apply x' }

/** What was found on each host: `t` taken, `h` held by another, `o` held by this run, `?` held by nobody knows whom, `-` silent. */
const CASES: readonly (readonly [found: string, total: number, kind: string, isForced?: boolean])[] = [
  ['ttttt', 5, 'won'],
  ['ttt--', 5, 'won'],
  ['ttthh', 5, 'won'],
  ['tt---', 5, 'few'],
  ['tthhh', 5, 'lost'],
  ['h', 5, 'lost'],
  ['?', 5, 'lost'],
  ['tto--', 5, 'own'],
  ['o-', 2, 'own'],
  ['t-', 2, 'few'],
  ['tt', 2, 'won'],
  ['t', 1, 'won'],
  ['-', 1, 'few'],
  ['tt---', 5, 'won', true],
  ['-----', 5, 'won', true],
  ['t---h', 5, 'lost', true],
  ['too--', 5, 'won', true],
]

for (const [found, total, kind, isForced = false] of CASES) {
  test(`${found} of ${total}${isForced ? ', without the silent ones' : ''}: ${kind}`, () => {
    const findings = [...found].map((letter, i) => finding(`h${i + 1}`, letter))
    assert.is(ruling(findings, { total, run: 'own', isForced }).kind, kind)
  })
}

test('two runs that each have the lock on some hosts never both win', () => {
  for (let total = 1; total <= 9; total++)
    for (let ours = 0; ours <= total; ours++) {
      const win = (count: number) =>
        ruling(
          [...'t'.repeat(count)].map((letter, i) => finding(`h${i}`, letter)),
          { total, run: 'own', isForced: false },
        ).kind === 'won'
      assert.not.ok(win(ours) && win(total - ours), `${ours} of ${total}`)
    }
})

test('a holder is read as it was written, and what a host made up is not', () => {
  assert.equal(readHolder(written(RIVAL)), RIVAL)
  assert.is(described(RIVAL), '`eve` on `desk` (process 7) since noon: `apply x`')
  for (const word of ['', 'x', 'bnVsbA==', Buffer.from('{"run":1}').toString('base64')]) assert.is(readHolder(word), undefined)
  assert.is(readHolder(written({ ...RIVAL, doing: 'x'.repeat(9999) }))?.doing.length, 300)
})

test.run()

function finding(host: string, letter: string): Finding {
  if (letter === 't') return { host, kind: 'taken' }
  if (letter === '-') return { host, kind: 'silent', why: 'away' }
  return { host, kind: 'held', by: letter === '?' ? undefined : { ...RIVAL, run: letter === 'o' ? 'own' : 'r' } }
}
