import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createStartLimit, retryDelays } from '../../engine/transport/start_limit.ts'

const test = suite('start_limit')

test('lets only so many in at one door, and everybody in the end', async () => {
  const limit = createStartLimit(3)
  let inside = 0
  let most = 0
  const starts = Array.from({ length: 20 }, () =>
    limit.run(['bastion:22'], async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, 1))
      inside -= 1
    }),
  )
  await Promise.all(starts)
  assert.is(most, 3)
})

test('keeps doors apart', async () => {
  const limit = createStartLimit(1)
  let release: () => void = () => undefined
  const held = limit.run(['a:22'], () => new Promise<void>((resolve) => (release = resolve)))
  await limit.run(['b:22'], async () => undefined)
  release()
  await held
})

test('never blocks itself, whatever doors the starts need and whichever fail', async () => {
  const doors = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(doors, fc.boolean()), { maxLength: 20 }), async (starts) => {
      const limit = createStartLimit(2)
      const results = await Promise.allSettled(
        starts.map(([names, fails]) =>
          limit.run(names, async () => {
            await Promise.resolve()
            if (fails) throw new Error('planned')
          }),
        ),
      )
      assert.equal(
        results.map(({ status }) => status === 'rejected'),
        starts.map(([, fails]) => fails),
      )
    }),
    { numRuns: 100 },
  )
})

test('waits longer each time, up to a limit, at least half and at most the whole', () => {
  assert.equal(
    retryDelays({ retries: 6, firstMs: 100, mostMs: 1000 }, () => 0),
    [50, 100, 200, 400, 500, 500],
  )
  assert.equal(
    retryDelays({ retries: 6, firstMs: 100, mostMs: 1000 }, () => 1),
    [100, 200, 400, 800, 1000, 1000],
  )
  assert.equal(retryDelays({ retries: 0 }, Math.random), [])
  assert.equal(retryDelays({ retries: -1 }, Math.random), [])
})

test.run()
