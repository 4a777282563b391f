import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { Pending } from '../../engine/playbook/pending.ts'
import { conditionProblems, firstFalse, holds } from '../../engine/playbook/when.ts'
import { documentFrom, given, problemsOf, scopeFrom, scopeOf, under } from '../support/documents.ts'

const test = suite('conditions')

function condition(text: string) {
  return under(documentFrom(`when: ${JSON.stringify(text)}`, 'play.yml'), 'when')
}

const vars: { readonly [name: string]: Json } = {
  height: 41,
  ratio: 0.5,
  name: 'gaia',
  on: true,
  items: ['a', 1],
  dict: { k: 1 },
  list: [1],
  none: null,
  group_names: ['sentry'],
  r: { rc: 0, changed: false, failed: false, stdout: 'abc x def' },
}

test('decides by CEL', () => {
  const rows: readonly (readonly [string, boolean])[] = [
    ['height + 1 == 42', true],
    ['height > 40.5', true],
    ['ratio < height', true],
    ['r.rc == 0 && !r.changed', true],
    ['r.failed || on', true],
    ["r.stdout.contains('x')", true],
    ["'sentry' in group_names", true],
    ["!('cosigner' in group_names)", true],
    ['size(items) == 2', true],
    ["'k' in dict", true],
    ['has(dict.k) && !has(dict.l)', true],
    ['defined(name)', true],
    ['defined(nope)', false],
    ['!defined(nope) || nope == 1', true],
    ['defined(nope) && nope == 1', false],
    ['defined(dict.k)', true],
    ['defined(dict.l.deep)', false],
    ['defined(items[5])', false],
    ['none == null', true],
    ["items.exists(x, x == 'a')", true],
    ["version_compare('v1.10.0', '1.9.3') > 0", true],
    ["version_compare('1.0-rc1', '1.0') < 0", true],
    ["name.startsWith('ga') ? on : false", true],
    ['vars.height == 41', true],
    ['size(vars.list) == 1', true],
    ['type(items) == list', true],
  ]
  for (const [text, expected] of rows) assert.is(holds(condition(text), scopeOf(vars)), expected, text)
})

test('takes a plain boolean', () => {
  assert.is(holds(under(documentFrom('when: no'), 'when'), scopeOf({})), false)
})

test('refuses what is wrong, at its place', () => {
  const rows: readonly (readonly [string, string])[] = [
    [
      'name',
      'play.yml:1:7 conditions are booleans, and this is not one (compare it with something: `x == 1`, `size(list) > 0`, `text != ""`)',
    ],
    ['nmae == 1', 'play.yml:1:8 `nmae` is not defined (did you mean `name`?)'],
    ['xyzzy == 1 || on', 'play.yml:1:8 `xyzzy` is not defined (say `defined(xyzzy) && …` if it may be missing)'],
    ['dict.l == 1', 'play.yml:1:13 there is no key `l` here (say `defined(…) && …` if it may be missing)'],
    [
      'name < height',
      'play.yml:1:8 no such overload: string < int (make both sides the same kind, for example with `int(x)` or `string(x)`)',
    ],
    ['size(list) == 1', 'play.yml:1:13 `list` is a type in CEL, not a variable (write `vars.list`, or give the variable another name)'],
    ['package == 1', 'play.yml:1:8 `package` is a reserved word of CEL (write `vars.package`)'],
  ]
  for (const [text, expected] of rows)
    assert.equal(
      problemsOf(() => holds(condition(text), scopeOf(vars))),
      [expected],
      text,
    )
  assert.is(holds(condition('on || xyzzy'), scopeOf(vars)), true, 'the right side is not looked at')
  assert.match(problemsOf(() => holds(condition('on && height'), scopeOf(vars)))[0] ?? '', /requires bool/)
})

test('spells Ansible in CEL', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['x is defined', 'defined(x)'],
    ['x is not defined', '!defined(x)'],
    ['x is undefined', '!defined(x)'],
    ['x is defined and x == 1', 'defined(x) && x == 1'],
    ['not x', '!x'],
    ['a == 1 or (b and not c)', 'a == 1 || (b && !c)'],
    ['r is failed', 'r.failed'],
    ['r is not failed', '!r.failed'],
    ['r is succeeded', '!r.failed'],
    ['r is changed', 'r.changed'],
    ['r is skipped', 'defined(r.skipped)'],
    ["x | default('a') == 'b'", "(defined(x) ? x : 'a') == 'b'"],
    ['x | default(false) | bool', '(defined(x) && x)'],
    ['x | bool', 'x == true'],
    ['x | length > 0', 'size(x) > 0'],
    ['x is none', 'x == null'],
    ["'a' not in group_names", "!('a' in group_names)"],
    ["v is version('1.2', '>=')", "version_compare(v, '1.2') >= 0"],
    ["x is match('a.*')", "x.matches('^a.*')"],
    ['{{ x }}', 'x'],
    ['{{ x is defined }}', 'defined(x)'],
  ]
  for (const [text, expected] of rows) {
    const [problem] = conditionProblems(condition(text))
    assert.is(problem?.help, `write \`${expected}\``, text)
    assert.equal(conditionProblems(condition(expected)), [], expected)
  }
})

test('looks only at the names it uses, and renders them', () => {
  const scope = scopeFrom("good: '{{ n }}'\nn: 3\nbad: '{{ nowhere }}'")
  assert.is(holds(condition('good == 3'), scope), true)
  assert.equal(
    problemsOf(() => holds(condition('bad == 3'), scope)),
    ['vars.yml:3:10 `nowhere` is not defined'],
  )
})

test('is pending when a name it needs is still to come', () => {
  const scope = scopeFrom('up: true', [{ rank: 'facts', isComing: (name) => name === 'facts' }])
  const pending = (error: unknown): boolean => error instanceof Pending
  assert.throws(() => holds(condition("facts.os_family == 'Debian'"), scope), pending)
  assert.throws(() => holds(condition('defined(facts.x)'), scope), pending)
  assert.throws(() => holds(condition('facts.x || up'), scope), pending, 'what is left of a true side counts too')
  assert.is(holds(condition('up || facts.x'), scope), true)
})

test('never shows a secret', () => {
  const scope = scopeFrom('token: !secret hunter22\ndict: {}')
  assert.is(holds(condition("token == 'hunter22'"), scope), true)
  assert.not.match(problemsOf(() => holds(condition('dict[token]'), scope))[0] ?? '', /hunter22/)
})

test('joins the conditions of a list with and, and stops at the first that fails', () => {
  const scope = scopeFrom('{}', [given({ a: false })])
  const [first, second] = [condition('a'), condition('nowhere')]
  assert.is(firstFalse([first, second], scope), first)
  assert.is(firstFalse([], scope), undefined)
})

test.run()
