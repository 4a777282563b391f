import { reject } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import type { GivenLayer, Loop } from '../core/plan.ts'
import { Unknown } from './pending.ts'
import { render, type Scope } from './scope.ts'
import { kindOf } from './term.ts'

/** The items a loop goes over, rendered. */
export function itemsOf(loop: Loop, scope: Scope): readonly Value[] {
  const items = itemsIn(loop, scope)
  if (Array.isArray(items)) return loop.flatten ? flattened(items as readonly Value[]) : (items as readonly Value[])
  if (loop.flatten) return [items]
  return reject({
    code: 'bad-loop',
    message: `a loop needs a list, not ${kindOf(items)}`,
    origin: loop.items.origin,
    help: 'give a list, or turn a map into one with `{{ dict2items name }}`',
  })
}

function itemsIn({ items }: Loop, scope: Scope): Value {
  try {
    return render(items, scope)
  } catch (error) {
    if (error instanceof Unknown) return error.guess.items(items)
    throw error
  }
}

/** The names an item goes by while its task runs, as Ansible has them. */
export function itemLayer(loop: Loop, items: readonly Value[], index: number): GivenLayer {
  return {
    rank: 'magic',
    given: {
      [loop.variable]: items[index] ?? null,
      ansible_loop_var: loop.variable,
      ...(loop.indexVariable !== undefined && { [loop.indexVariable]: index, ansible_index_var: loop.indexVariable }),
      ...(loop.extended && { ansible_loop: extended(items, index) }),
    },
  }
}

function extended(items: readonly Value[], index: number): Value {
  const { length } = items
  return {
    index: index + 1,
    index0: index,
    first: index === 0,
    last: index === length - 1,
    length,
    revindex: length - index,
    revindex0: length - index - 1,
    allitems: items,
    ...(index > 0 && { previtem: items[index - 1] ?? null }),
    ...(index < length - 1 && { nextitem: items[index + 1] ?? null }),
  }
}

function flattened(items: readonly Value[]): readonly Value[] {
  return items.flatMap((item) => (Array.isArray(item) ? (item as readonly Value[]) : [item]))
}
