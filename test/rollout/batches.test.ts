import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { type BatchSize, cutBatches } from '../../engine/rollout/batches.ts'

const test = suite('cutBatches')
const origin = { file: 'site.yml', line: 3, column: 5 }
const sizes = (values: readonly (number | string)[]): BatchSize[] => values.map((value) => ({ value, origin }))
const hosts = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

// Ansible's own results, measured on ansible-core 2.14 and 2.19.
const table: [hostCount: number, serial: (number | string)[], widths: number[]][] = [
  [10, [3], [3, 3, 3, 1]],
  [10, ['30%'], [3, 3, 3, 1]],
  [10, [1, 2, '50%'], [1, 2, 5, 2]],
  [10, ['10%', '20%', '100%'], [1, 2, 7]],
  [10, ['33%'], [3, 3, 3, 1]],
  [10, ['150%'], [10]],
  [10, [1, 0], [1, 9]],
  [10, [], [10]],
  [10, ['0%'], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
  [10, [-1], [10]],
  [10, ['4'], [4, 4, 2]],
  [7, ['25%'], [1, 1, 1, 1, 1, 1, 1]],
  [7, ['50%'], [3, 3, 1]],
  [7, ['99%'], [6, 1]],
  [0, [3], []],
]

for (const [count, serial, widths] of table) {
  test(`cuts ${count} hosts by serial ${JSON.stringify(serial)} into ${JSON.stringify(widths)}`, () => {
    assert.equal(
      cutBatches(hosts(count), sizes(serial)).map((batch) => batch.length),
      widths,
    )
  })
}

for (const wrong of [1.5, 'two', '', '10 hosts', '%', '1e1', '0x10', '0b1']) {
  test(`refuses \`serial: ${wrong}\` at its position`, () => {
    try {
      cutBatches(hosts(4), sizes([wrong]))
    } catch (error) {
      assert.instance(error, Rejected)
      assert.equal((error as Rejected).diagnostics[0]?.origin, origin)
      return
    }
    assert.unreachable('it was accepted')
  })
}

test('puts every host into exactly one batch, in order', () => {
  const size = fc.oneof(
    fc.integer({ min: -3, max: 40 }),
    fc.integer({ min: 0, max: 200 }).map((n) => `${n}%`),
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.array(size, { maxLength: 5 }), (count, serial) => {
      const batches = cutBatches(hosts(count), sizes(serial))
      assert.equal(batches.flat(), hosts(count))
      assert.ok(batches.every((batch) => batch.length > 0))
    }),
  )
})

test.run()
