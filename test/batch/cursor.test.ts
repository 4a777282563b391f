import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Block, Step, Task } from '../../engine/core/plan.ts'
import {
  begin,
  type Cursor,
  comparePositions,
  current,
  enter,
  fail,
  isDoomed,
  isRescued,
  position,
  proceed,
  type Stop,
} from '../../engine/batch/cursor.ts'

const test = suite('cursor')

/** A block tree as small as it gets: a task is its name, and a name that begins with `x` fails. */
type Tree = string | { readonly tasks: readonly Tree[]; readonly rescue: readonly Tree[]; readonly always: readonly Tree[] }

function build(trees: readonly Tree[], counter = { next: 0 }): Step[] {
  return trees.map((tree): Step => {
    const common = { position: [counter.next++], origin: { file: '', line: 1, column: 1 }, when: [], tags: [], vars: [] }
    if (typeof tree === 'string') return { ...common, kind: 'task', name: tree } as unknown as Task
    const lists = { tasks: build(tree.tasks, counter), rescue: build(tree.rescue, counter), always: build(tree.always, counter) }
    return { ...common, kind: 'block', name: 'block', ...lists } as Block
  })
}

/** The model: what a person would do with the same tree, written as plain recursion. */
function model(trees: readonly Tree[], ran: string[]): boolean {
  return trees.every((tree) => {
    if (typeof tree === 'string') {
      ran.push(tree)
      return !tree.startsWith('x')
    }
    const good = model(tree.tasks, ran) || (tree.rescue.length > 0 && model(tree.rescue, ran))
    return model(tree.always, ran) && good
  })
}

function walk(trees: readonly Tree[]): { ran: string[]; cursor: Cursor; order: (readonly number[])[] } {
  const ran: string[] = []
  const order: (readonly number[])[] = []
  let cursor = begin(build(trees))
  for (let step = current(cursor); step; step = current(cursor)) {
    const name = nameOf(step)
    ran.push(name)
    order.push(position(cursor))
    cursor = name.startsWith('x') ? fail(cursor) : proceed(cursor)
  }
  return { ran, cursor, order }
}

function nameOf(stop: Stop | undefined): string {
  return stop && 'name' in stop ? stop.name : ''
}

const { tree } = fc.letrec<{ tree: Tree; list: Tree[] }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('a', 'b', 'c', 'x1'),
    fc.record({ tasks: tie('list'), rescue: tie('list'), always: tie('list') }),
  ),
  list: fc.array(tie('tree'), { maxLength: 3 }),
}))

test('runs any tree of blocks with any failures as plain recursion would', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 4 }), (trees) => {
      const ran: string[] = []
      const good = model(trees, ran)
      const walked = walk(trees)
      assert.equal(walked.ran, ran)
      assert.is(walked.cursor.failed, !good)
    }),
    { numRuns: 2000 },
  )
})

test('only ever moves forward, so hosts in lock-step can wait for each other', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 4 }), (trees) => {
      const { order } = walk(trees)
      for (let i = 1; i < order.length; i++) assert.ok(comparePositions(order[i - 1] ?? [], order[i] ?? []) < 0)
    }),
    { numRuns: 500 },
  )
})

test('tells whether a failure here would be rescued', () => {
  const inBlock = begin(build([{ tasks: ['x1'], rescue: ['a'], always: [] }]))
  assert.ok(isRescued(inBlock))
  assert.not.ok(isRescued(fail(inBlock)), 'a rescue does not rescue itself')
  assert.not.ok(isRescued(begin(build(['x1']))))
  assert.ok(isDoomed(fail(begin(build([{ tasks: ['x1'], rescue: [], always: ['a'] }])))), 'an always saves nobody')
  assert.ok(isRescued(begin(build([{ tasks: [{ tasks: ['x1'], rescue: [], always: ['a'] }], rescue: ['b'], always: [] }]))))
})

test('carries out an include in place, then goes on behind it', () => {
  const cursor = proceed(begin(build(['a', 'b', 'c'])))
  const entered = enter(cursor, build(['i', 'j']), [1])
  assert.is(nameOf(current(entered)), 'i')
  assert.equal(position(entered), [1, 0])
  assert.is(nameOf(current(proceed(proceed(entered)))), 'c')
})

test('an include that holds nothing is passed over', () => {
  assert.is(nameOf(current(enter(begin(build(['a', 'b'])), []))), 'b')
})

test.run()
