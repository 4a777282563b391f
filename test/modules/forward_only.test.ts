import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Refusal } from '../../engine/core/module.ts'
import { type Knowledge, decideState } from '../../engine/modules/forward_only.ts'
import { type Watermark, isFurther, readWatermark, writeWatermark } from '../../engine/modules/watermark.ts'

const test = suite('a signing state moves forward only')

const mark = fc.record({
  height: fc.oneof(fc.bigInt({ min: 0n, max: 6n }), fc.bigInt({ min: 9007199254740990n, max: 9007199254740999n })),
  round: fc.bigInt({ min: 0n, max: 2n }),
  step: fc.integer({ min: 0, max: 3 }),
})
const knowledge = fc.record({
  here: fc.option(mark, { nil: undefined }),
  offered: fc.option(mark, { nil: undefined }),
  elsewhere: fc.array(mark, { maxLength: 4 }),
  raise: fc.boolean(),
})

test('what it decides is never behind anything that is known', () => {
  fc.assert(
    fc.property(knowledge, (known) => {
      const decided = decide(known)
      if (decided instanceof Refusal) return
      for (const other of everything(known)) assert.not(isFurther(other, decided.mark))
    }),
    { numRuns: 3000 },
  )
})

test('it invents nothing, and a second decision changes nothing', () => {
  fc.assert(
    fc.property(knowledge, (known) => {
      const decided = decide(known)
      if (decided instanceof Refusal) return
      assert.ok(everything(known).some((other) => !isFurther(other, decided.mark) && !isFurther(decided.mark, other)))
      assert.equal(decideState('f', { ...known, here: decided.mark }), { take: 'here', mark: decided.mark })
    }),
    { numRuns: 3000 },
  )
})

test('without `raise` nothing but one of the two files is ever taken', () => {
  fc.assert(
    fc.property(knowledge, (known) => {
      const decided = decide({ ...known, raise: false })
      if (!(decided instanceof Refusal)) assert.not.equal(decided.take, 'elsewhere')
    }),
  )
})

test('a copy alone proves nothing once the file is gone', () => {
  const offered = { height: 9n, round: 0n, step: 3 }
  const refused = decide({ offered, elsewhere: [], raise: true })
  assert.ok(refused instanceof Refusal)
  assert.match(refused.message, 'nothing tells whether the copy at height 9, round 0, step 3 is the newest')
  assert.equal(decide({ offered, elsewhere: [{ height: 9n, round: 0n, step: 2 }], raise: false }), { take: 'offered', mark: offered })
})

test('numbers that a float cannot hold are compared exactly', () => {
  const [less, more] = [readWatermark('{"height":"9007199254740992"}'), readWatermark('{"height":"9007199254740993"}')] as [
    Watermark,
    Watermark,
  ]
  assert.ok(isFurther(more, less))
  assert.not(isFurther(less, more))
})

test('the files of both programs are read, and what is none of them is not', () => {
  const mine = { height: 12n, round: 1n, step: 3 }
  for (const form of ['cometbft', 'horcrux'] as const) assert.equal(readWatermark(writeWatermark(mine, form)), mine)
  assert.is(writeWatermark(mine, 'horcrux'), '{"height":"12","round":"1","step":3}\n')
  assert.is(writeWatermark(mine, 'cometbft'), '{"height":"12","round":1,"step":3}\n')
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"height":-1}',
    '{"height":"1.5"}',
    '{"height":1e20}',
    '{"height":"1","step":"x"}',
    '{"height":"1","step":999}',
  ])
    assert.is(readWatermark(text), undefined, text)
})

test.run()

function decide(known: Knowledge) {
  try {
    return decideState('f', known)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

function everything({ here, offered, elsewhere }: Knowledge): readonly Watermark[] {
  return [here, offered, ...elsewhere].filter((found) => found !== undefined)
}
