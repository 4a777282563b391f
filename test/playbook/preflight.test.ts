import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { showOrigin } from '../../engine/core/origin.ts'
import { Secret } from '../../engine/core/secret.ts'
import { compile } from '../../engine/playbook/compile.ts'
import { createExpander } from '../../engine/playbook/include.ts'
import { magicValues } from '../../engine/playbook/magic.ts'
import { preflight } from '../../engine/playbook/preflight.ts'
import { cutBatches, sizesOf } from '../../engine/rollout/batches.ts'
import { limitOf } from '../../engine/rollout/limits.ts'
import { documentFrom } from '../support/documents.ts'
import { type Files, withProject } from '../support/project.ts'

const test = suite('preflight')

/** What preflight finds in a project whose hosts have these variables. */
function found(files: Files, hosts: { readonly [host: string]: string } = { h1: '{}' }): readonly string[] {
  return withProject(files, (root) => {
    const names = Object.keys(hosts)
    const layers = new Map(
      names.map((host) => [host, { rank: 'host_vars', values: documentFrom(hosts[host] ?? '{}', `${host}.yml`) } as const]),
    )
    try {
      preflight(compile([join(root, 'site.yml')], { root }), {
        hostsOf: () => names,
        layersOf: (host) => [layers.get(host)].filter((layer) => layer !== undefined),
        magicOf: (host, _play, scopeOf) =>
          magicValues({
            host,
            groups: { all: names },
            groupNames: [],
            scopeOf,
            playHosts: names,
            batch: names,
            allPlayHosts: names,
            checkMode: false,
            playbookFolder: root,
          }),
        open: () => new Secret('token', 'x'),
        selects: ({ tags }) => !tags.includes('never'),
        expander: createExpander({ root }),
        checkPlay: (play, scope) => {
          cutBatches(names, sizesOf(play, scope))
          limitOf(play, scope)
        },
      })
      return []
    } catch (error) {
      if (!(error instanceof Rejected)) throw error
      return error.diagnostics.map(({ origin, message, detail }) =>
        `${origin ? showOrigin(origin) : ''} ${message} [${detail}]`.replaceAll(`${root}/`, ''),
      )
    }
  })
}

const play = (tasks: string, more = ''): Files => ({ 'site.yml': `- hosts: all\n${more}  tasks:\n${tasks.replace(/^/gm, '    ')}\n` })

test('finds what is wrong for a host before it is contacted, and names all hosts it is wrong for', () => {
  const hosts = { h1: 'zone: Etc/UTC', h2: '{}', h3: '{}', h4: '{}', h5: "zone: ['x']" }
  assert.equal(found(play('- timezone: {name: "{{ zone }}"}'), hosts), [
    'site.yml:3:24 `name` must be text, not a list [for h5]',
    'site.yml:3:28 `zone` is not defined [for h2, h3, h4]',
  ])
})

test('knows that what one host learns in a run_once task is known to all, and checks it once', () => {
  const tasks = `
- command: echo {{ nobody }}
  run_once: true
  register: once
- timezone: {name: "{{ once.stdout }}"}
- set_fact: {zone: Etc/UTC}
  run_once: true
- timezone: {name: "{{ zone }}"}`
  assert.equal(found(play(tasks), { h1: '{}', h2: '{}' }), ['site.yml:4:24 `nobody` is not defined [for h1]'])
})

test('leaves alone what hangs on facts and on results of earlier tasks', () => {
  assert.equal(
    found(
      play(
        `
- timezone: {name: "{{ facts.zone }}"}
- timezone: {name: "{{ hostvars.h2.facts.zone }}"}
- {stat: {path: /x}, register: r}
- timezone: {name: "{{ r.stat.path }}"}
- {timezone: {name: "{{ nowhere }}"}, when: r.stat.exists}
- set_fact: {later: 1}
- timezone: {name: "{{ later }}"}
- include_vars: "{{ facts.os_family }}.yml"
- timezone: {name: "{{ anything }}"}
`.trim(),
      ),
      { h1: '{}', h2: '{}' },
    ),
    [],
  )
})

test('still finds a result that is only registered later', () => {
  assert.equal(found(play('- timezone: {name: "{{ r.x }}"}\n- {stat: {path: /x}, register: r}')), [
    'site.yml:3:28 `r` is not defined [for h1]',
  ])
})

test('knows the names in a file of variables that a task reads', () => {
  const files = {
    ...play(
      '- include_vars: more.yml\n- timezone: {name: "{{ inside }}{{ nowhere }}"}\n- timezone: {name: "{{ inside }}"}\n- timezone: {name: "{{ nowhere }}"}',
    ),
    'vars/more.yml': 'inside: 1\n',
  }
  assert.equal(found(files), ['site.yml:6:28 `nowhere` is not defined [for h1]'])
})

test('knows the hosts of the inventory, and no others', () => {
  assert.equal(
    found(play('- timezone: {name: "{{ hostvars.h9.x }}"}\n- timezone: {name: "{{ hostvars.h2.y }}"}'), { h1: '{}', h2: 'y: 1' }),
    ['site.yml:3:28 `hostvars` has no `h9` [for h1, h2]'],
  )
})

test('does not look at what will not run', () => {
  assert.equal(
    found(
      play(
        `
- {timezone: {name: "{{ nowhere }}"}, when: inventory_hostname == 'other'}
- {timezone: {name: "{{ nowhere }}"}, tags: never}
- {timezone: {name: "{{ nowhere }}"}, ignore_errors: true}
- {timezone: {name: "{{ item }}"}, loop: "{{ nowhere }}", when: false}
- block: [{timezone: {name: "{{ nowhere }}"}}]
  rescue: [{timezone: {name: x}}]
`.trim(),
      ),
    ),
    [],
  )
})

test('takes each item of a loop', () => {
  assert.equal(found(play('- {timezone: {name: "{{ item.zone }}"}, loop: [{zone: x}, {zon: y}]}')), [
    'site.yml:3:29 `item` has no `zone` [for h1]',
  ])
})

test('renders templates, and finds those that are missing', () => {
  const files = {
    ...play('- template: {src: a.hbs, dest: /a}\n- template: {src: b.hbs, dest: /b}\n- copy: {src: c, dest: /c}'),
    'templates/a.hbs': 'x\n  {{ nowhere }}\n',
  }
  assert.equal(found(files), [
    'site.yml:4:7 there is no template `b.hbs` [for h1]',
    'site.yml:5:7 there is no file `c` [for h1]',
    'templates/a.hbs:2:6 `nowhere` is not defined [for h1]',
  ])
})

test('looks into includes whose file is known', () => {
  const files = {
    ...play('- include_tasks: "{{ os }}.yml"\n- timezone: {name: "{{ nowhere }}"}'),
    'debian.yml': '- timezone: {name: "{{ inside }}"}\n',
  }
  assert.equal(found(files, { h1: 'os: debian' }), [
    'debian.yml:1:24 `inside` is not defined [for h1]',
    'site.yml:4:28 `nowhere` is not defined [for h1]',
  ])
})

test('holds a role to the arguments it declares', () => {
  const files = {
    'site.yml': '- hosts: all\n  roles: [{role: r, vars: {size: big}}]\n',
    'roles/r/tasks/main.yml': '- timezone: {name: x}\n',
    'roles/r/meta/argument_specs.yml': `
argument_specs:
  main:
    options:
      chain: {type: str, required: true, choices: [gaia, osmosis]}
      size: {type: int}
      peers: {type: list, elements: dict, options: {id: {required: true}}}
`,
  }
  assert.equal(found(files, { h1: 'chain: gaia', h2: 'chain: gia', h3: 'peers: [{di: x}]' }), [
    'site.yml:2:18 `size` must be a whole number, not `big`, says the role `r` [for h1, h2, h3]',
    'site.yml:2:18 `chain` cannot be `gia`, says the role `r` [for h2]',
    'site.yml:2:18 the role `r` needs `chain` [for h3]',
    'site.yml:2:18 `peers[0].di` is not a key it has, says the role `r` [for h3]',
    'site.yml:2:18 `peers[0]` needs `id`, says the role `r` [for h3]',
  ])
})

test('holds a role to what is known of its arguments while the rest hangs on a fact', () => {
  const files = {
    'site.yml': '- hosts: all\n  roles: [r]\n',
    'roles/r/tasks/main.yml': '- timezone: {name: x}\n',
    'roles/r/defaults/main.yml': 'disks: "{{ facts.virtualization_type }}"\n',
    'roles/r/meta/argument_specs.yml': 'argument_specs: {main: {options: {disks: {type: str}, size: {type: int}}}}\n',
  }
  assert.equal(found(files, { h1: 'size: 1', h2: 'size: big' }), [
    'site.yml:2:11 `size` must be a whole number, not `big`, says the role `r` [for h2]',
  ])
})

test('holds a role to the JSON Schema it declares', () => {
  const files = {
    'site.yml': '- hosts: all\n  roles: [r]\n',
    'roles/r/meta/arguments.schema.json': '{"type": "object", "required": ["port"], "properties": {"port": {"type": "integer"}}}',
  }
  const problems = found(files, { h1: 'port: 1', h2: 'port: x', h3: '{}' })
  assert.is(problems.length, 2)
  assert.ok(problems.every((problem) => problem.startsWith('site.yml:2:11 ') && problem.includes('port')))
})

test.run()
