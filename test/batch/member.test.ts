/** One host in a batch, as a value: what a result makes of it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { begin, current } from '../../engine/batch/cursor.ts'
import { followResult, isLost, join, type Member, settleResult, withoutNotice } from '../../engine/batch/member.ts'
import { owing, reminded } from '../../engine/batch/owed.ts'
import type { Block, Task } from '../../engine/core/plan.ts'
import type { Result, Status } from '../../engine/core/result.ts'
import { result } from '../runner/result.ts'

const test = suite('a host in a batch')

const task = (...position: readonly number[]): Task => ({ kind: 'task', name: position.join('.'), position }) as unknown as Task
const [FIRST, SECOND, THIRD, MEND, OTHER] = [task(0), task(1), task(2), task(9), task(8)]
const standing = (): Member => join('h1', begin([FIRST, SECOND, THIRD]))

interface Fate {
  readonly result: Result
  readonly at: Task | undefined
  readonly isLost: boolean
  /** The columns that count one more. */
  readonly counts: string
}

const ignored = (status: Status): Result => ({ ...result(status), ignored: true })

const FATES: { readonly [what: string]: Fate } = {
  'goes on where all is well': { result: result('ok'), at: SECOND, isLost: false, counts: 'ok' },
  'goes on after a change': { result: result('changed'), at: SECOND, isLost: false, counts: 'ok changed' },
  'goes on where a task is passed over': { result: result('skipped'), at: SECOND, isLost: false, counts: 'skipped' },
  'goes on where check mode cannot say': { result: result('unknown'), at: SECOND, isLost: false, counts: 'unknown' },
  'is out once it has failed': { result: result('failed'), at: undefined, isLost: true, counts: 'failed' },
  'goes on after a failure that is ignored': { result: ignored('failed'), at: SECOND, isLost: false, counts: 'ok ignored' },
  'is out once it cannot be reached': { result: result('unreachable'), at: undefined, isLost: true, counts: 'unreachable' },
  'goes on where it could not be reached and that is ignored': {
    result: ignored('unreachable'),
    at: SECOND,
    isLost: false,
    counts: 'ok ignored',
  },
}

for (const [what, fate] of Object.entries(FATES)) {
  test(what, () => {
    const after = settleResult(standing(), fate.result, [])
    const columns = Object.entries(after.counts).flatMap(([column, count]) => (count > 0 ? [column] : []))
    assert.equal([current(after.cursor), isLost(after), columns.join(' ')], [fate.at, fate.isLost, fate.counts])
  })
}

test('counts a failure that is rescued in a column of its own', () => {
  const block = { kind: 'block', position: [0], tasks: [FIRST], rescue: [SECOND], always: [] } as unknown as Block
  const after = settleResult(join('h1', begin([block])), result('failed'), [])
  assert.equal([after.counts.rescued, after.counts.failed, current(after.cursor), isLost(after)], [1, 0, SECOND, false])
})

test('that followed another counts nothing, and goes where that one went', () => {
  for (const [one, at] of [
    [result('ok'), SECOND],
    [result('failed'), undefined],
    [result('unreachable'), undefined],
    [ignored('failed'), SECOND],
  ] as const) {
    const after = followResult(standing(), one)
    assert.equal([current(after.cursor), Object.values(after.counts).some((count) => count > 0)], [at, false])
  }
})

test('is notified by changes, and in doubt only where nothing but doubt has notified it', () => {
  const noticed = (...story: readonly (readonly [Status, readonly Task[]])[]) => {
    const { notified, doubtful } = story.reduce((member, [status, notifies]) => settleResult(member, result(status), notifies), standing())
    return [[...notified], [...doubtful]]
  }
  assert.equal(noticed(['ok', [MEND]], ['skipped', [MEND]]), [[], []])
  assert.equal(noticed(['changed', [MEND]]), [[MEND], []])
  assert.equal(noticed(['unknown', [MEND, OTHER]]), [
    [MEND, OTHER],
    [MEND, OTHER],
  ])
  assert.equal(noticed(['unknown', [MEND, OTHER]], ['changed', [MEND]]), [[MEND, OTHER], [OTHER]])
  assert.equal(noticed(['changed', [MEND]], ['unknown', [MEND, OTHER]]), [[MEND, OTHER], [OTHER]])
})

test('learns where in the play it is to be reminded, once, and is not reminded twice', () => {
  const owes = owing(standing(), [{ handler: MEND, behind: 'end' }])
  assert.equal([...owing(owes, [{ handler: MEND, behind: [0] }]).owed], [[MEND, [0]]])
  const placed = owing(standing(), [{ handler: MEND, behind: [0] }])
  assert.equal([...owing(placed, [{ handler: MEND, behind: 'end' }]).owed], [[MEND, [0]]], 'a place that is known stays')
  assert.equal([...reminded(placed).notified], [], 'it stands at that place, and is not behind it')
  const behind = reminded(settleResult(placed, result('ok'), []))
  assert.equal([[...behind.notified], [...behind.owed]], [[MEND], [[MEND, 'notified']]])
  assert.equal([...owing(behind, [{ handler: MEND, behind: [0] }]).owed], [[MEND, 'notified']])
})

test('that has run a handler is not reminded of it again, wherever its place is', () => {
  const ran = withoutNotice(owing(standing(), [{ handler: MEND, behind: [1] }]), MEND)
  assert.equal([...ran.owed], [[MEND, 'notified']])
  const past = settleResult(settleResult(ran, result('ok'), []), result('ok'), [])
  assert.equal([...reminded(past).notified], [])
})

test('is not reminded while it only runs the handlers that are forced', () => {
  const placed = settleResult(owing(standing(), [{ handler: MEND, behind: [0] }]), result('ok'), [])
  assert.equal([...reminded({ ...placed, forced: true }).notified], [])
})

test.run()
