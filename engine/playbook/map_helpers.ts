import type { Value } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { type Helper, HelperProblem, listOf, mapOf, textOf } from './template_helper.ts'
import { force, keysOf, kindOf, member } from './term.ts'

/** Helpers for maps. */
export const mapHelpers: readonly Helper[] = [
  {
    name: 'lookup',
    usage: 'lookup map key',
    summary: 'The entry of a map, or the item of a list, whose key is itself a value.',
    takes: [2, 2],
    examples: [{ template: '{{ lookup x k }}', vars: { x: { a: 1 }, k: 'a' }, gives: 1 }],
    form: ([map, key]) => {
      const owner = map?.value() ?? null
      const name = textOf(force(key?.value() ?? null), 'lookup')
      if (typeof owner === 'string') throw new HelperProblem(`there is no lookup plugin \`${owner}\``, pluginHelp(owner))
      const found = member(owner, name)
      if (found === undefined) throw new HelperProblem(`\`lookup\` found no \`${name}\` in ${kindOf(owner)}`, listed(keysOf(owner)))
      return found
    },
  },
  {
    name: 'keys',
    usage: 'keys map',
    summary: 'The keys of a map as a list.',
    takes: [1, 1],
    examples: [{ template: '{{ keys x }}', vars: { x: { a: 1 } }, gives: ['a'] }],
    form: ([map]) => {
      const owner = map?.value() ?? null
      if (typeof owner !== 'object' || owner === null) throw new HelperProblem(`\`keys\` needs a map, not ${kindOf(owner)}`)
      return keysOf(owner)
    },
  },
  {
    name: 'values',
    usage: 'values map',
    summary: 'The values of a map as a list.',
    takes: [1, 1],
    examples: [{ template: '{{ values x }}', vars: { x: { a: 1 } }, gives: [1] }],
    passes: true,
    run: ([map]) => Object.values(mapOf(map, 'values')),
  },
  {
    name: 'combine',
    usage: 'combine map map …',
    summary: 'One map of several; where keys meet, the later wins. `recursive=true` combines maps in them too.',
    takes: [2, 16],
    named: ['recursive'],
    examples: [{ template: '{{ combine x y }}', vars: { x: { a: 1, b: 1 }, y: { b: 2 } }, gives: { a: 1, b: 2 } }],
    passes: true,
    run: (maps, { recursive }) => maps.reduce((all, map) => combined(mapOf(all, 'combine'), mapOf(map, 'combine'), recursive === true), {}),
  },
  {
    name: 'without_keys',
    usage: 'without_keys map keys',
    summary: 'The map without the entries of these keys (or of this one key).',
    takes: [2, 2],
    examples: [{ template: '{{ without_keys x "b" }}', vars: { x: { a: 1, b: 2 } }, gives: { a: 1 } }],
    passes: true,
    run: ([map, keys]) => {
      const left = (Array.isArray(keys) ? (keys as readonly Value[]) : [keys]).map((key) => textOf(key, 'without_keys'))
      return Object.fromEntries(Object.entries(mapOf(map, 'without_keys')).filter(([key]) => !left.includes(key)))
    },
  },
  {
    name: 'dict2items',
    usage: 'dict2items map',
    summary: 'The entries of a map as a list of maps with `key` and `value`.',
    takes: [1, 1],
    examples: [{ template: '{{ dict2items x }}', vars: { x: { a: 1 } }, gives: [{ key: 'a', value: 1 }] }],
    passes: true,
    run: ([map]) => Object.entries(mapOf(map, 'dict2items')).map(([key, value]) => ({ key, value })),
  },
  {
    name: 'items2dict',
    usage: 'items2dict list',
    summary: 'A map of a list of maps with `key` and `value`.',
    takes: [1, 1],
    examples: [{ template: '{{ items2dict x }}', vars: { x: [{ key: 'a', value: 1 }] }, gives: { a: 1 } }],
    passes: true,
    run: ([list]) =>
      Object.fromEntries(
        listOf(list, 'items2dict').map((item) => {
          const { key, value } = mapOf(item, 'items2dict')
          if (key === undefined || value === undefined) throw new HelperProblem('`items2dict` needs maps with `key` and `value`')
          return [textOf(key, 'items2dict'), value]
        }),
      ),
  },
]

function pluginHelp(plugin: string): string {
  if (plugin === 'env') return 'the environment of the controller is not read here; pass the value with `-e name=value`'
  return 'put files beside the role and use `copy`, `template` or `include_vars`'
}

function listed(keys: readonly string[]): string | undefined {
  return keys.length > 0 && keys.length <= MOST_LISTED ? `there is: ${keys.join(', ')}` : undefined
}

const MOST_LISTED = 12

function combined(
  a: { readonly [key: string]: Value },
  b: { readonly [key: string]: Value },
  recursive: boolean,
): { readonly [key: string]: Value } {
  const entries = Object.entries(b).map(([key, value]): [string, Value] => {
    const before = Object.hasOwn(a, key) ? a[key] : undefined
    return [key, recursive && isMap(before) && isMap(value) ? combined(before, value, true) : value]
  })
  return Object.fromEntries([...Object.entries(a), ...entries])
}

function isMap(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret)
}
