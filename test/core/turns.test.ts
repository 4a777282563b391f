import { setImmediate as soon } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Turns } from '../../engine/core/turns.ts'

const test = suite('turns')

test('let one thing happen at a time, in the order in which they were asked for', async () => {
  const turns = new Turns()
  const heard: string[] = []
  const act = (name: string) =>
    turns.take(async () => {
      heard.push(`${name} begins`)
      await soon()
      heard.push(`${name} ends`)
      return name
    })
  assert.equal(await Promise.all([act('a'), act('b')]), ['a', 'b'])
  assert.equal(heard, ['a begins', 'a ends', 'b begins', 'b ends'])
})

test('tell the one who asked what failed, and hold nobody else up', async () => {
  const turns = new Turns()
  const fails = turns.take(() => Promise.reject(new Error('lost')))
  const next = turns.take(() => Promise.resolve('next'))
  assert.equal(
    (await Promise.allSettled([fails, next])).map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
})

test.run()
