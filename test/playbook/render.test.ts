import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { helpers } from '../../engine/playbook/template_helpers.ts'
import { placeInFile } from '../../engine/playbook/place.ts'
import type { Scope } from '../../engine/playbook/scope.ts'
import { force } from '../../engine/playbook/term.ts'
import { documentFrom, problemsOf, scopeFrom, scopeOf, under } from '../support/documents.ts'

const test = suite('templates')

function text(template: string, scope: Scope): unknown {
  return force(scope.readText(template, placeInFile('t.hbs', template)))
}

for (const helper of helpers) {
  test(`the helper ${helper.name} gives what its examples say`, () => {
    assert.ok(helper.examples.length > 0)
    for (const { template, vars, gives } of helper.examples) assert.equal(text(template, scopeOf(vars ?? {})), gives, template)
  })
}

const peers = {
  peers: [
    { id: 'a', port: 1 },
    { id: 'b', port: 2 },
  ],
  chain: 'gaia',
  map: { k: 'v' },
  empty: [],
}

test('renders by the rules of Handlebars', () => {
  const rows: readonly (readonly [string, unknown])[] = [
    ['{{ chain }}', 'gaia'],
    ['{{chain}}-1', 'gaia-1'],
    ['{{{chain}}} <&>', 'gaia <&>'],
    ['{{ peers.0.id }}', 'a'],
    ['{{ peers.[1].id }}', 'b'],
    ['{{ peers }}', peers.peers],
    ['{{ 5 }}', 5],
    ['{{ "{{" }}x', '{{x'],
    ['\\{{ chain }}', '{{ chain }}'],
    ['{{{{raw}}}}{{ .Go }}{{{{/raw}}}}', '{{ .Go }}'],
    ['a{{! note }}b{{!-- {{x}} --}}', 'ab'],
    ['{{#if chain}}y{{else}}n{{/if}}', 'y'],
    ['{{#if empty}}y{{else if chain}}e{{else}}n{{/if}}', 'e'],
    ['{{#unless empty}}none{{/unless}}', 'none'],
    ['{{#each peers}}{{id}}@{{../chain}}{{#unless @last}},{{/unless}}{{/each}}', 'a@gaia,b@gaia'],
    ['{{#each peers as |p i|}}{{i}}{{p.id}}{{chain}} {{/each}}', '0agaia 1bgaia '],
    ['{{#each map}}{{@key}}={{this}}{{/each}}', 'k=v'],
    ['{{#each empty}}x{{else}}none{{/each}}', 'none'],
    ['{{#with map}}{{k}}{{/with}}', 'v'],
    ['{{#each peers as |p|}}{{#each peers as |q|}}{{p.id}}{{q.id}} {{/each}}{{/each}}', 'aa ab ba bb '],
    ['{{@root.chain}}', 'gaia'],
    ['{{ upper (first (map peers "id")) }}', 'A'],
    ['x\n  {{#if chain}}\n  y\n  {{/if}}\nz\n', 'x\n  y\nz\n'],
    ['{{~ chain ~}} \n!', 'gaia!'],
    ['{{ default nope "d" }}', 'd'],
    ['{{ default map.nope.deep "d" }}', 'd'],
    ['keep the newline {{ chain }}\n', 'keep the newline gaia\n'],
  ]
  for (const [template, expected] of rows) assert.equal(text(template, scopeOf(peers)), expected, template)
})

test('points at what is wrong, in line and column', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['a\n  {{ chian }}', 't.hbs:2:6 `chian` is not defined (did you mean `chain`?)'],
    ['{{ map.l }}', 't.hbs:1:4 `map` has no `l` (did you mean `k`?)'],
    ['{{ chain.x }}', 't.hbs:1:4 `chain` is text and has no `x`'],
    ['{{ ansible_os_family }}', 't.hbs:1:4 `ansible_os_family` is not defined (facts stand under `facts`: write `facts.os_family`)'],
    ['x {{ map }}', 't.hbs:1:3 a map cannot stand inside a text (write `{{ to_json map }}`, or `{{ join map " " }}` for a list)'],
    [
      '{{#each peers}}{{chain}}{{/each}}',
      't.hbs:1:18 `chain` is not defined (inside `each` and `with` a name means a key of the item; write `../chain`, or name the item: `as |item|`)',
    ],
    ['{{#each chain}}{{/each}}', 't.hbs:1:9 `#each` needs a list or a map, not text'],
    [
      '{{#peers}}{{/peers}}',
      't.hbs:1:4 there is no block `peers` (the blocks are `if`, `unless`, `each`, `with` and `raw`; for a list write `{{#each list as |item|}}`)',
    ],
    ['{{> x}}', 't.hbs:1:1 partials and decorators are not supported (put the text in place, or render it into a variable first)'],
    ['{{#if chain}}', 't.hbs:1:1 `{{#if}}` is never closed (close it with `{{/if}}`)'],
    ['a\n{{/if}}', 't.hbs:2:1 `{{/if}}` closes nothing that is open'],
    ['{{ lower }}', 't.hbs:1:4 `lower` is not defined (it is a helper: write `{{ lower text }}`)'],
    ['{{ lower map }}', 't.hbs:1:4 `lower` needs text, not a map (write it as `{{ lower text }}`)'],
    ['{{ lower chain chain }}', 't.hbs:1:4 `lower` takes 1 param, not 2 (write it as `{{ lower text }}`)'],
    [
      '{{ lt chain 1 }}',
      't.hbs:1:4 `lt` compares two numbers or two texts, not text with a number (make a number of a text with `(int x)`)',
    ],
    ['{{ constructor }}', 't.hbs:1:4 `constructor` is not defined'],
    ['{{ map.constructor.name }}', 't.hbs:1:4 `map` has no `constructor` (there is: k)'],
    ['{{ map.__proto__ }}', 't.hbs:1:4 `map` has no `__proto__` (there is: k)'],
    ['{{ peers.length }}', 't.hbs:1:4 `peers` has no `length` (there is: 0, 1)'],
    [
      '{{ x',
      't.hbs:1:1 a template expression in this line cannot be read (close every `{{` with `}}`, or write `\\{{` for literal braces)',
    ],
  ]
  for (const [template, expected] of rows)
    assert.equal(
      problemsOf(() => text(template, scopeOf(peers))),
      [expected],
      template,
    )
})

test('says of a name without a value that it has none, and takes what is written instead', () => {
  const scope = scopeOf({ nul: null, map: { nul: null }, list: [1] })
  const said = (name: string) => `\`${name}\` has no value, it is \`null\``
  const help = (name: string) => `give it a value, \`""\` for an empty text; or write \`{{ default ${name} "" }}\` where none is needed`
  for (const [template, name] of [
    ['{{ nul }}', 'nul'],
    ['x {{ map.nul }}', 'map.nul'],
    ['{{#each list as |i|}}{{ nul }}{{/each}}', 'nul'],
    ['{{#with map}}{{ nul }}{{/with}}', 'nul'],
  ] as const) {
    const [problem = ''] = problemsOf(() => text(template, scope))
    assert.ok(problem.endsWith(`${said(name)} (${help(name)})`), `${template}: ${problem}`)
  }
  assert.is(text('x{{ default nul "" }}{{ default map.nul "" }}', scope), 'x')
})

test('spells Jinja in Handlebars', () => {
  const rows: readonly (readonly [string, string])[] = [
    ["{{ x | default('y') }}", 'write `{{ default x "y" }}`'],
    ['{{ x | d(omit) }}', 'write `{{ default x omit }}`'],
    ['{{ x | lower | trim }}', 'write `{{ trim (lower x) }}`'],
    ["{{ groups['web'] | join(', ') }}", 'write `{{ join groups.web ", " }}`'],
    ["{{ a ~ '-' ~ b }}", 'write `{{ a }}{{ "-" }}{{ b }}`'],
    ["{{ 'on' if pex else 'off' }}", 'write `{{ ternary pex "on" "off" }}`'],
    ["{{ map['k'] }}", 'write `{{ map.k }}`'],
    ['{{ x is defined }}', 'write `{{ defined x }}`'],
    ["{{ lookup('env', 'HOME') }}", 'the environment of the controller is not read here; pass the value with `-e name=value`'],
    ['{% if x %}', 'write `{{#if …}}`; tests are helpers: `(eq a b)`, `(and a b)`, `(not a)`, `(defined a)`'],
    ['{% for p in peers %}', 'write `{{#each peers as |p|}}`'],
    ['{# note #}', 'write comments as `{{!-- … --}}`'],
    ['{{ x | to_nice_json(indent=2) }}', 'write `{{ to_json x indent=2 }}`'],
    ["{{ x | map(attribute='id') | list }}", 'write `{{ map x "id" }}`'],
    ['{{ x.y() }}', 'write a name, or a helper and its params: `{{ lower name }}`'],
  ]
  for (const [template, help] of rows) {
    const [problem = ''] = problemsOf(() => text(template, scopeOf({ x: 'a' })))
    assert.ok(problem.endsWith(` (${help})`), `${template}: ${problem}`)
  }
})

test('finds the place in every style of scalar', () => {
  const source = [
    'plain: a {{ nope }}',
    "single: 'a {{ nope }}'",
    'double: "a\\tb {{ nope }}"',
    'literal: |',
    '  one',
    '  two {{ nope }}',
    'folded: >-',
    '  one',
    '  {{ nope }} two',
  ].join('\n')
  const document = documentFrom(source)
  const places = ['plain', 'single', 'double', 'literal', 'folded'].map(
    (key) => problemsOf(() => force(scopeFrom(source).read(under(document, key))))[0]?.split(' ')[0],
  )
  assert.equal(places, ['vars.yml:1:13', 'vars.yml:2:15', 'vars.yml:3:18', 'vars.yml:6:10', 'vars.yml:9:6'])
})

test('finds the second of two equal expressions', () => {
  const source = "x: '{{ default y 1 }} {{ y }}'"
  assert.equal(
    problemsOf(() => force(scopeFrom(source).lookup('x') ?? null)),
    ['vars.yml:1:26 `y` is not defined (did you mean `x`?)'],
  )
})

test.run()
