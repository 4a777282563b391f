import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { magicValues } from '../../engine/playbook/magic.ts'
import { Pending } from '../../engine/playbook/pending.ts'
import { type Scope, createScope, render } from '../../engine/playbook/scope.ts'
import { OMIT, force } from '../../engine/playbook/term.ts'
import { documentFrom, given, problemsOf, scopeFrom, under } from '../support/documents.ts'

const test = suite('scope')

function value(scope: Scope, name: string): unknown {
  const term = scope.lookup(name)
  return term === undefined ? undefined : force(term)
}

test('renders a variable when it is used, and not before', () => {
  const scope = scopeFrom("good: '{{ name }}'\nname: gaia\nbad: '{{ nowhere }}'")
  assert.is(value(scope, 'good'), 'gaia')
})

test('reads one entry of a map without rendering the others', () => {
  const scope = scopeFrom("map: {good: 1, bad: '{{ nowhere }}'}\nx: '{{ map.good }}'")
  assert.is(value(scope, 'x'), 1)
  assert.equal(
    problemsOf(() => value(scope, 'map')),
    ['vars.yml:1:25 `nowhere` is not defined'],
  )
})

test('lets a play variable refer to one that a task defines later', () => {
  const scope = scopeFrom("greeting: 'hello {{ who }}'").with([{ rank: 'task vars', values: documentFrom('who: ana', 'task.yml') }])
  assert.is(value(scope, 'greeting'), 'hello ana')
})

test('takes the layer of the highest rank, whatever order they were given in', () => {
  const layer = (rank: 'role defaults' | 'play vars' | 'task vars' | 'include_vars' | 'extra vars', text: string) => ({
    rank,
    values: documentFrom(`x: ${text}`),
  })
  const all = [layer('include_vars', 'include'), layer('role defaults', 'default'), layer('task vars', 'task'), layer('play vars', 'play')]
  const scope = (layers: typeof all) => createScope(layers, { host: 'h', open: () => new Secret('', '') })
  assert.is(value(scope(all), 'x'), 'include')
  assert.is(value(scope(all.slice(1)), 'x'), 'task')
  assert.is(value(scope([...all, layer('extra vars', 'extra')]), 'x'), 'extra')
  assert.is(value(scope([layer('play vars', 'one'), layer('play vars', 'two')]), 'x'), 'two', 'among equals the later wins')
})

test('names the way round a cycle', () => {
  const scope = scopeFrom("a: '{{ b }}'\nb: 'x {{ a }}'")
  assert.equal(
    problemsOf(() => value(scope, 'a')),
    ['vars.yml:1:4 `a` refers to itself: `a` → `b` → `a` (give one of them a value of its own, or another name)'],
  )
})

test('lets entries of one map refer to each other', () => {
  const scope = scopeFrom("a: {x: '{{ a.y }}', y: 1}")
  assert.equal(value(scope, 'a'), { x: 1, y: 1 })
})

test('sees no cycle where a name is asked for again after a list was rendered through it', () => {
  const scope = scopeFrom("item: 1\nlist: ['{{ item }}']\nalias: '{{ list }}'")
  assert.equal(value(scope, 'alias'), [1])
  assert.equal(value(scope, 'alias'), [1])
})

test('finds a cycle through a list and through another host', () => {
  assert.match(problemsOf(() => value(scopeFrom("a: ['{{ a }}']"), 'a'))[0] ?? '', /`a\.0` refers to itself/)
  const scopes: Record<string, Scope> = {}
  const make = (host: string, text: string): Scope =>
    createScope(
      [{ rank: 'host_vars', values: documentFrom(text, `${host}.yml`) }, magicValues({ ...around, host, scopeOf: (name) => scopes[name] })],
      { host, open: () => new Secret('', '') },
    )
  scopes['h1'] = make('h1', "x: '{{ hostvars.h2.x }}'")
  scopes['h2'] = make('h2', "x: '{{ hostvars.h1.x }}'")
  assert.match(problemsOf(() => value(scopes['h1'] as Scope, 'x'))[0] ?? '', /refers to itself/)
})

test('never renders what came from a host, whatever it looks like', () => {
  const scope = scopeFrom("shown: 'said {{ r.stdout }}'\nlone: '{{ r }}'", [given({ r: { stdout: '{{ secret_of_controller }}' } })])
  assert.is(value(scope, 'shown'), 'said {{ secret_of_controller }}')
  assert.equal(value(scope, 'lone'), { stdout: '{{ secret_of_controller }}' })
})

test('leaves `!unsafe` text alone', () => {
  assert.is(value(scopeFrom("x: !unsafe '{{ y }}'"), 'x'), '{{ y }}')
})

test('opens `!secret` and keeps it a secret through templates', () => {
  const scope = scopeFrom(
    "token: !secret hunter22\nlone: '{{ token }}'\ntext: 'key={{ token }};'\nlength: '{{ length token }}'\nb64: '{{ b64encode token }}'",
  )
  for (const name of ['token', 'lone', 'text', 'b64']) assert.instance(value(scope, name), Secret, name)
  assert.is((value(scope, 'lone') as Secret).reveal(), 'hunter22')
  assert.is((value(scope, 'text') as Secret).reveal(), 'key=hunter22;')
  assert.is((value(scope, 'b64') as Secret).reveal(), 'aHVudGVyMjI=')
  assert.is(value(scope, 'length'), 8)
})

test('says that a name is still to come, unless something stronger defines it', () => {
  const coming = { rank: 'set_fact and register', isComing: (name: string) => name === 'r' } as const
  assert.throws(
    () => value(scopeFrom('r: 1', [coming]), 'r'),
    (error: unknown) => error instanceof Pending && error.variable === 'r',
  )
  assert.is(value(scopeFrom('r: 1', [coming, given({ r: 2 }, 'extra vars')]), 'r'), 2)
  assert.throws(
    () => value(scopeFrom("x: '{{ default r 1 }}'", [coming]), 'x'),
    (error: unknown) => error instanceof Pending,
  )
})

test('knows the magic names', () => {
  const other = scopeFrom('ip: 10.0.0.2', [magicValues({ ...around, host: 'web-2.eu' })])
  const scope = scopeFrom(
    "x: '{{ hostvars.[web-2.eu].ip }}'\ny: '{{ join (extract groups.web hostvars \"ip\") }}'\nz: '{{ lookup groups \"web\" }}'\no: '{{ omit }}'",
    [magicValues({ ...around, host: 'web-1.eu', scopeOf: (host) => (host === 'web-2.eu' ? other : undefined) })],
  )
  assert.is(value(scope, 'x'), '10.0.0.2')
  assert.is(value(scope, 'y'), '10.0.0.2')
  assert.equal(value(scope, 'z'), ['web-2.eu'])
  assert.is(value(scope, 'o'), OMIT)
  assert.is(value(scope, 'inventory_hostname_short'), 'web-1')
  assert.is(value(scope, 'ansible_check_mode'), false)
})

test('reads every variable by its name through `vars`', () => {
  assert.is(value(scopeFrom("x: '{{ vars.package }}'\npackage: nano"), 'x'), 'nano')
})

test('keeps the types of a document', () => {
  const document = documentFrom("list: [1, true, null, '{{ n }}']\nn: 0.5")
  assert.equal(render(under(document, 'list'), scopeFrom('n: 0.5')), [1, true, null, 0.5])
})

const around = {
  host: 'h1',
  groups: { all: ['h1', 'h2'], web: ['web-2.eu'] },
  groupNames: ['web'],
  scopeOf: () => undefined,
  playHosts: ['h1'],
  batch: ['h1'],
  allPlayHosts: ['h1'],
  checkMode: false,
  playbookFolder: '/p',
}

test.run()
