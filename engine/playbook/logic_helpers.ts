import { same, type Value } from '../core/json.ts'
import { type Ask, type Helper, HelperProblem, numberOf, textOf } from './template_helper.ts'
import { force, isMap, kindOf, type Term } from './term.ts'
import { isTruthy } from './truth.ts'

/** Helpers that compare and choose. */
export const logicHelpers: readonly Helper[] = [
  {
    name: 'default',
    usage: 'default value fallback',
    summary: 'The value, or the fallback where the name does not exist. `omit` as fallback leaves the param out.',
    takes: [2, 2],
    examples: [
      { template: '{{ default port 26656 }}', gives: 26656 },
      { template: '{{ default port 26656 }}', vars: { port: 1 }, gives: 1 },
    ],
    form: ([value, fallback]) => value?.maybe() ?? orNull(value, fallback),
  },
  {
    name: 'defined',
    usage: 'defined value',
    summary: 'Whether the name exists.',
    takes: [1, 1],
    examples: [{ template: '{{#if (defined x)}}yes{{else}}no{{/if}}', gives: 'no' }],
    form: ([value]) => value?.maybe() !== undefined,
  },
  {
    name: 'and',
    usage: 'and a b …',
    summary: 'Whether all are true; what follows the first false one is not read.',
    takes: [2, 16],
    examples: [{ template: '{{ and (defined x) (eq x 1) }}', gives: false }],
    form: (asks) => asks.every(({ value }) => isTruthy(value())),
  },
  {
    name: 'or',
    usage: 'or a b …',
    summary: 'Whether any is true; what follows the first true one is not read.',
    takes: [2, 16],
    examples: [{ template: '{{ or false true }}', gives: true }],
    form: (asks) => asks.some(({ value }) => isTruthy(value())),
  },
  {
    name: 'not',
    usage: 'not value',
    summary: 'The opposite.',
    takes: [1, 1],
    examples: [{ template: '{{ not false }}', gives: true }],
    form: ([value]) => !isTruthy(value?.value() ?? null),
  },
  {
    name: 'ternary',
    usage: 'ternary condition yes no',
    summary: 'One of two values; the other is not read.',
    takes: [3, 3],
    examples: [{ template: '{{ ternary pex "on" "off" }}', vars: { pex: true }, gives: 'on' }],
    form: ([condition, yes, no]) => (isTruthy(condition?.value() ?? null) ? yes : no)?.value() ?? null,
  },
  {
    name: 'in',
    usage: 'in item value',
    summary: 'Whether a list holds the item, a map has it as a key, or a text has it as a piece.',
    takes: [2, 2],
    examples: [
      { template: '{{ in "sentry" x }}', vars: { x: ['sentry', 'eu'] }, gives: true },
      { template: '{{ in ":" x }}', vars: { x: '10.0.0.1' }, gives: false },
    ],
    run: ([item, value]) => isIn(item ?? null, value ?? null),
  },
  comparison('eq', 'Whether both are equal, lists and maps by their contents.', (a, b) => same(force(a), force(b)), {
    template: '{{ eq a 1 }}',
    gives: true,
  }),
  comparison('ne', 'Whether both differ.', (a, b) => !same(force(a), force(b)), { template: '{{ ne a 1 }}', gives: false }),
  comparison('lt', 'Whether the first is less: two numbers, or two texts.', (a, b) => order('lt', a, b) < 0, {
    template: '{{ lt a 2 }}',
    gives: true,
  }),
  comparison('le', 'Whether the first is at most the second.', (a, b) => order('le', a, b) <= 0, { template: '{{ le a 1 }}', gives: true }),
  comparison('gt', 'Whether the first is greater.', (a, b) => order('gt', a, b) > 0, { template: '{{ gt a 2 }}', gives: false }),
  comparison('ge', 'Whether the first is at least the second.', (a, b) => order('ge', a, b) >= 0, {
    template: '{{ ge a 1 }}',
    gives: true,
  }),
  arithmetic('add', 'The sum.', (a, b) => a + b, 3),
  arithmetic('subtract', 'The difference.', (a, b) => a - b, -1),
  arithmetic('multiply', 'The product.', (a, b) => a * b, 2),
  {
    name: 'divide',
    usage: 'divide a b',
    summary: 'How often `b` goes into `a`, whole times.',
    takes: [2, 2],
    examples: [{ template: '{{ divide 7 2 }}', gives: 3 }],
    run: ([a, b]) => {
      if (numberOf(b, 'divide') === 0) throw new HelperProblem('`divide` by zero')
      return Math.floor(numberOf(a, 'divide') / numberOf(b, 'divide'))
    },
  },
  {
    name: 'int',
    usage: 'int value',
    summary: 'The whole number a text spells; fractions are cut off.',
    takes: [1, 1],
    examples: [{ template: '{{ int "26656" }}', gives: 26656 }],
    run: ([value]) => Math.trunc(numberOf(value, 'int')),
  },
  {
    name: 'bool',
    usage: 'bool value',
    summary: 'True for `yes`, `on`, `true` and `1`, false for their opposites; anything else is an error.',
    takes: [1, 1],
    examples: [{ template: '{{ bool "yes" }}', gives: true }],
    run: ([value]) => {
      const text = textOf(value, 'bool').toLowerCase()
      if (/^(yes|on|true|y|t|1)$/.test(text)) return true
      if (/^(no|off|false|n|f|0)$/.test(text)) return false
      throw new HelperProblem('`bool` needs `yes` or `no`, `true` or `false`')
    },
  },
]

function isIn(item: Value, value: Value): boolean {
  if (Array.isArray(value)) return value.some((other) => same(other, item))
  if (typeof value === 'string') return value.includes(textOf(item, 'in'))
  if (isMap(value)) return Object.hasOwn(value as object, textOf(item, 'in'))
  throw new HelperProblem(`\`in\` looks in a list, a map or text, not in ${kindOf(value)}`)
}

/** A value that exists and is nothing stays nothing. */
function orNull(value: Ask | undefined, fallback: Ask | undefined): Term {
  return value?.maybe() === null ? null : (fallback?.value() ?? null)
}

function comparison(
  name: string,
  summary: string,
  holds: (a: Term, b: Term) => boolean,
  example: { template: string; gives: boolean },
): Helper {
  return {
    name,
    usage: `${name} a b`,
    summary,
    takes: [2, 2],
    examples: [{ ...example, vars: { a: 1 } }],
    run: ([a, b]) => holds(a ?? null, b ?? null),
  }
}

function order(name: string, a: Term, b: Term): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a !== 'string' || typeof b !== 'string') {
    throw new HelperProblem(
      `\`${name}\` compares two numbers or two texts, not ${kindOf(a)} with ${kindOf(b)}`,
      'make a number of a text with `(int x)`',
    )
  }
  if (a === b) return 0
  return a < b ? -1 : 1
}

function arithmetic(name: string, summary: string, compute: (a: number, b: number) => number, gives: number): Helper {
  return {
    name,
    usage: `${name} a b`,
    summary,
    takes: [2, 2],
    examples: [{ template: `{{ ${name} 1 2 }}`, gives }],
    run: ([a, b]) => compute(numberOf(a, name), numberOf(b, name)),
  }
}
