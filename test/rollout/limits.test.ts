import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { whyStop } from '../../engine/rollout/limits.ts'

const test = suite('whyStop')

const table: [lost: number, size: number, max: number | undefined, fatal: boolean, stops: boolean][] = [
  [0, 2, 0, true, false],
  [1, 2, 49, false, true],
  [1, 2, 50, false, false],
  [1, 4, 25, false, false],
  [1, 4, 24.9, false, true],
  [1, 4, 0, false, true],
  [1, 3, 33.3, false, true],
  [1, 3, 33.4, false, false],
  [1, 5, undefined, false, false],
  [5, 5, undefined, false, true],
  [5, 5, 100, false, true],
  [1, 1, undefined, false, true],
  [1, 5, undefined, true, true],
  [1, 5, 100, true, true],
]

for (const [lost, size, max, fatal, stops] of table) {
  test(`${stops ? 'stops' : 'goes on'} with ${lost} of ${size} lost, limit ${max ?? 'none'}${fatal ? ', fatal' : ''}`, () => {
    assert.is(whyStop({ lost, size }, { fatal, ...(max !== undefined && { maxFailPercentage: max }) }) !== undefined, stops)
  })
}

test.run()
