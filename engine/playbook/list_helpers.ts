import { same, type Value } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { type Helper, HelperProblem, listOf, numberOf, textOf } from './template_helper.ts'
import { force, keysOf, kindOf, member, type Term } from './term.ts'
import { isTruthy } from './truth.ts'

/** Helpers for lists. */
export const listHelpers: readonly Helper[] = [
  {
    name: 'join',
    usage: 'join list separator',
    summary: 'The items as one text, with the separator (nothing if none is given) between them.',
    takes: [1, 2],
    examples: [{ template: '{{ join x "," }}', vars: { x: ['a', 1] }, gives: 'a,1' }],
    run: ([list, separator]) =>
      listOf(list, 'join')
        .map((item) => textOf(item, 'join'))
        .join(textOf(separator, 'join')),
  },
  {
    name: 'length',
    usage: 'length value',
    summary: 'How many items a list, entries a map or characters a text has.',
    takes: [1, 1],
    examples: [{ template: '{{ length x }}', vars: { x: [1, 2] }, gives: 2 }],
    run: ([value]) => {
      if (typeof value === 'string') return [...value].length
      if (typeof value !== 'object' || value === null)
        throw new HelperProblem(`\`length\` needs a list, a map or text, not ${kindOf(value ?? null)}`)
      return keysOf(value).length
    },
  },
  {
    name: 'first',
    usage: 'first list',
    summary: 'The first item.',
    takes: [1, 1],
    examples: [{ template: '{{ first x }}', vars: { x: [1, 2] }, gives: 1 }],
    passes: true,
    run: ([list]) => end(listOf(list, 'first'), 0, 'first'),
  },
  {
    name: 'last',
    usage: 'last list',
    summary: 'The last item.',
    takes: [1, 1],
    examples: [{ template: '{{ last x }}', vars: { x: [1, 2] }, gives: 2 }],
    passes: true,
    run: ([list]) => end(listOf(list, 'last'), -1, 'last'),
  },
  {
    name: 'sort',
    usage: 'sort list',
    summary: 'The items in order: numbers by size, texts by their characters. `by="key"` sorts maps.',
    takes: [1, 1],
    named: ['by'],
    examples: [{ template: '{{ sort x }}', vars: { x: [10, 9] }, gives: [9, 10] }],
    run: ([list], { by }) => [...listOf(list, 'sort')].sort((a, b) => compare(keyed(a, by), keyed(b, by))),
  },
  {
    name: 'unique',
    usage: 'unique list',
    summary: 'The items without repetitions, in the order of their first appearance.',
    takes: [1, 1],
    examples: [{ template: '{{ unique x }}', vars: { x: ['b', 'a', 'b'] }, gives: ['b', 'a'] }],
    run: ([list]) => listOf(list, 'unique').filter((item, i, all) => all.findIndex((other) => same(other, item)) === i),
  },
  {
    name: 'concat',
    usage: 'concat list list …',
    summary: 'The items of several lists, one list after the other.',
    takes: [2, 16],
    examples: [{ template: '{{ concat x x }}', vars: { x: [1] }, gives: [1, 1] }],
    passes: true,
    run: (lists) => lists.flatMap((list) => listOf(list, 'concat')),
  },
  {
    name: 'without',
    usage: 'without list others',
    summary: 'The items that are not in the other list (or are not the other value).',
    takes: [2, 2],
    examples: [{ template: '{{ without x "b" }}', vars: { x: ['a', 'b'] }, gives: ['a'] }],
    run: ([list, others]) => {
      const left = Array.isArray(others) ? (others as readonly Value[]) : [others ?? null]
      return listOf(list, 'without').filter((item) => !left.some((other) => same(other, item)))
    },
  },
  {
    name: 'map',
    usage: 'map list "key"',
    summary: 'One entry of each map in a list; `"a.b"` goes deeper.',
    takes: [2, 2],
    examples: [{ template: '{{ map x "id" }}', vars: { x: [{ id: 1 }, { id: 2 }] }, gives: [1, 2] }],
    passes: true,
    run: ([list, key]) => listOf(list, 'map').map((item) => dug(item, textOf(key, 'map'), 'map')),
  },
  {
    name: 'selectattr',
    usage: 'selectattr list "key" value',
    summary: 'The maps whose entry equals the value; without a value, those whose entry is true.',
    takes: [2, 3],
    examples: [{ template: '{{ selectattr x "up" true }}', vars: { x: [{ up: true }, { up: false }] }, gives: [{ up: true }] }],
    passes: true,
    run: ([list, key, value]) => listOf(list, 'selectattr').filter((item) => matches(item, textOf(key, 'selectattr'), value)),
  },
  {
    name: 'rejectattr',
    usage: 'rejectattr list "key" value',
    summary: 'The maps whose entry does not equal the value; without a value, those whose entry is not true.',
    takes: [2, 3],
    examples: [{ template: '{{ rejectattr x "up" }}', vars: { x: [{ up: true }, { up: false }] }, gives: [{ up: false }] }],
    passes: true,
    run: ([list, key, value]) => listOf(list, 'rejectattr').filter((item) => !matches(item, textOf(key, 'rejectattr'), value)),
  },
  {
    name: 'extract',
    usage: 'extract keys map "key"',
    summary: 'For each key the entry of a map, or an entry of that entry: the addresses of the hosts of a group.',
    takes: [2, 3],
    examples: [{ template: '{{ extract x m "ip" }}', vars: { x: ['a'], m: { a: { ip: '10.0.0.1' } } }, gives: ['10.0.0.1'] }],
    form: ([keys, map, key]) =>
      listOf(force(keys?.value() ?? null), 'extract').map((name) => {
        const path = key === undefined ? '' : `.${textOf(force(key.value()), 'extract')}`
        return dug(map?.value() ?? null, `${textOf(name, 'extract')}${path}`, 'extract', [textOf(name, 'extract')])
      }),
  },
  {
    name: 'range',
    usage: 'range from to',
    summary: 'The whole numbers from the first up to, but without, the second; `step=2` leaves some out.',
    takes: [1, 2],
    named: ['step'],
    examples: [{ template: '{{ range 1 4 }}', gives: [1, 2, 3] }],
    run: ([from, to], { step }) =>
      numbers(
        to === undefined ? [0, numberOf(from, 'range')] : [numberOf(from, 'range'), numberOf(to, 'range')],
        numberOf(step ?? 1, 'range'),
      ),
  },
  {
    name: 'product',
    usage: 'product list list',
    summary: 'All pairs of an item of one list with an item of the other.',
    takes: [2, 2],
    examples: [
      {
        template: '{{ product x x }}',
        vars: { x: [1, 2] },
        gives: [
          [1, 1],
          [1, 2],
          [2, 1],
          [2, 2],
        ],
      },
    ],
    passes: true,
    run: ([a, b]) => listOf(a, 'product').flatMap((left) => listOf(b, 'product').map((right) => [left, right])),
  },
]

const LONGEST_RANGE = 100_000

function numbers([from, to]: readonly [number, number], step: number): readonly number[] {
  const count = Math.ceil((to - from) / step)
  if (step === 0 || count > LONGEST_RANGE) throw new HelperProblem(`\`range\` makes at most ${LONGEST_RANGE} numbers`)
  return Array.from({ length: Math.max(0, count) }, (_, i) => from + i * step)
}

function end(list: readonly Value[], index: 0 | -1, helper: string): Value {
  const item = list.at(index)
  if (item === undefined) throw new HelperProblem(`\`${helper}\` got an empty list`)
  return item
}

function keyed(item: Value, by: Value | undefined): Value {
  return by === undefined ? item : dug(item, textOf(by, 'sort'), 'sort')
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [textOf(a, 'sort'), textOf(b, 'sort')]
  if (left === right) return 0
  return left < right ? -1 : 1
}

function matches(item: Value, key: string, value: Value | undefined): boolean {
  const found = key.split('.').reduce<Term | undefined>((term, part) => (term === undefined ? undefined : member(term, part)), item)
  if (found === undefined) return false
  return value === undefined ? isTruthy(found) : same(opened(force(found)), opened(value))
}

function opened(value: Value): unknown {
  return value instanceof Secret ? value.reveal() : value
}

/** Names with dots, as hosts have, are given apart from the path below them. */
function dug(start: Term, path: string, helper: string, head: readonly string[] = []): Value {
  const below = head.length > 0 ? path.slice((head[0]?.length ?? 0) + 1) : path
  const parts = [...head, ...(below === '' ? [] : below.split('.'))]
  const found = parts.reduce<Term | undefined>((term, part) => (term === undefined ? undefined : member(term, part)), start)
  if (found === undefined) throw new HelperProblem(`\`${helper}\` found an item without \`${below === '' ? path : below}\``)
  return force(found)
}
