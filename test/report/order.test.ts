import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Entry, TaskOrder } from '../../engine/report/order.ts'
import { resultOf, taskAt } from '../support/events.ts'

const test = suite('order of results')

const HOSTS = ['a', 'b', 'c']
const entry = (host: string, line: number): Entry => ({ ...resultOf(host, taskAt(line, `task ${line}`)), messages: [] })
const shown = (groups: readonly (readonly Entry[])[]) =>
  groups.map((group) => `${group[0]?.task.label}: ${group.map(({ host }) => host).join(' ')}`)

test('gives a task out when the last host has reported it, in inventory order', () => {
  const order = new TaskOrder()
  order.begin(HOSTS)
  order.add(entry('c', 1), false)
  order.add(entry('a', 1), false)
  assert.equal(order.take(), [])
  order.add(entry('b', 1), false)
  assert.equal(shown(order.take()), ['task 1: a b c'])
  assert.equal(order.takeRest(), [])
})

test('does not wait for a host whose play has ended', () => {
  const order = new TaskOrder()
  order.begin(HOSTS)
  order.add(entry('a', 1), true)
  order.add(entry('b', 1), true)
  order.add(entry('c', 1), false)
  order.add(entry('c', 2), false)
  assert.equal(shown(order.take()), ['task 1: a b c', 'task 2: c'])
})

test('takes a host that went on for one that has nothing to say', () => {
  const order = new TaskOrder()
  order.begin(HOSTS)
  order.add(entry('a', 1), false)
  order.add(entry('b', 2), false)
  assert.equal(order.take(), [])
  order.add(entry('c', 2), false)
  assert.equal(shown(order.take()), ['task 1: a'])
  order.add(entry('a', 2), false)
  assert.equal(shown(order.take()), ['task 2: a b c'])
})

test('a task that runs twice for a host appears twice', () => {
  const order = new TaskOrder()
  order.begin(['a', 'b'])
  for (const host of ['a', 'a', 'b', 'b']) order.add(entry(host, 1), false)
  assert.equal(shown(order.take()), ['task 1: a b', 'task 1: a b'])
})

test('whatever the order of arrival, hosts that run the same tasks are told the same way', () => {
  const arrivals = fc.shuffledSubarray(
    HOSTS.flatMap((host) => Array.from({ length: 5 }, () => host)),
    { minLength: 15, maxLength: 15 },
  )
  fc.assert(
    fc.property(arrivals, (hosts) => {
      const order = new TaskOrder()
      order.begin(HOSTS)
      const next = new Map<string, number>()
      const told = hosts.flatMap((host) => {
        const line = (next.get(host) ?? 0) + 1
        next.set(host, line)
        order.add(entry(host, line), false)
        return shown(order.take())
      })
      assert.equal(
        [...told, ...shown(order.takeRest())],
        [1, 2, 3, 4, 5].map((line) => `task ${line}: a b c`),
      )
    }),
  )
})

test.run()
