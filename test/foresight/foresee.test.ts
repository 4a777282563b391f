/**
 * What is foretold of a run on hosts that are as declared, against what such a run really takes: each playbook is applied twice
 * to hosts with real shells, and the round trips of the second time are counted where they are made.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Foresight } from '../../engine/foresight/foresee.ts'
import { labelOf } from '../../engine/foresight/why_anew.ts'
import type { Files } from '../support/project.ts'
import { type LocalOptions, withLocalRun } from '../support/local_run.ts'

const test = suite('foretold round trips')

const FILE = 'copy: { content: "{{ inventory_hostname }}", dest: "{{ here }}/NAME" }'
const file = (name: string, more = ''): string => `    - { ${FILE.replace('NAME', name)}${more} }\n`

interface Shape {
  readonly tasks?: string
  readonly files?: Files
  readonly site?: string
  readonly hosts?: readonly string[]
  readonly options?: LocalOptions
  /** `task: reason` of each cut, in order. */
  readonly cuts?: readonly string[]
}

/** Known for certain: foretold and counted must be the same number. */
const CERTAIN: { readonly [kind: string]: Shape } = {
  'nothing at all': { tasks: '    - debug: { msg: hello }\n', cuts: [] },
  'plain tasks': { tasks: Array.from({ length: 12 }, (_, i) => file(`f${i}`)).join(''), cuts: [] },
  'a command': { tasks: `${file('a')}    - command: 'true'\n${file('b')}`, cuts: ['command: `command` is carried out each time'] },
  'a command at the end': { tasks: `${file('a')}    - command: 'true'\n`, cuts: ['command: `command` is carried out each time'] },
  'commands in a row': { tasks: "    - command: 'true'\n    - shell: 'true'\n    - command: 'true'\n" },
  'a command in a loop': {
    tasks: "    - command: 'echo {{ item }}'\n      loop: [1, 2, 3]\n",
    cuts: ['command: another item of its loop needs it'],
  },
  'a loop of files': { tasks: `${file('l{{ item }}', ', loop: [1, 2, 3]')}${file('z')}`, cuts: [] },
  'a query and what it tells': {
    tasks: `    - stat: { path: /etc/hostname }\n      register: found\n${file('{{ found.stat.exists }}')}`,
    cuts: ['copy: it waits for `found`, which site.yml:3:7 gives'],
  },
  'the same question twice': {
    tasks: '    - stat: { path: /etc/hostname }\n    - stat: { path: /etc/hostname }\n',
    cuts: ['stat: what was read before may be out of date'],
  },
  'whether something changed': {
    tasks: `${file('a', ', register: done')}${file('b', ', when: done.changed')}${file('c')}`,
    cuts: ['copy: `copy` before it waits for `done`, which site.yml:3:9 gives'],
  },
  'a result of a command': {
    tasks: `    - command: 'true'\n      register: done\n${file('b', ', when: done.rc == 0')}`,
  },
  'set_fact of a known value': {
    tasks: `    - set_fact: { wanted: true }\n${file('a')}${file('b', ', when: wanted')}    - command: 'true'\n      when: "!wanted"\n`,
  },
  include_tasks: {
    tasks: `${file('a')}    - include_tasks: more.yml\n${file('b')}`,
    files: { 'more.yml': file('m').replace(/^ {4}/, '') },
    cuts: ['copy: what `include_tasks` includes is known only then'],
  },
  'include_tasks in a loop': {
    tasks: `${file('a')}    - include_tasks: "{{ item }}.yml"\n      loop: [one, two]\n${file('b')}`,
    files: { 'one.yml': file('o').replace(/^ {4}/, ''), 'two.yml': "- command: 'true'\n" },
  },
  'an include that is skipped': {
    tasks: `${file('a')}    - include_tasks: more.yml\n      when: inventory_hostname == "nobody"\n${file('b')}`,
    files: { 'more.yml': "- command: 'true'\n" },
  },
  include_role: {
    tasks: `${file('a')}    - include_role: { name: extra }\n${file('b')}`,
    files: {
      'roles/extra/tasks/main.yml': file('m').replace(/^ {4}/, ''),
      'roles/extra/handlers/main.yml': "- name: never\n  command: 'true'\n",
    },
  },
  include_vars: {
    tasks: `${file('a')}    - include_vars: known.yml\n${file('{{ known }}')}`,
    files: { 'vars/known.yml': 'known: name\n' },
  },
  'another user': {
    tasks: `${file('a')}    - { copy: { content: x, dest: "{{ scratch }}/hosts/{{ inventory_hostname }}-r" }, become: true }\n${file('b')}`,
  },
  'two other users in turn': {
    tasks: ['root', 'nobody', 'root', 'nobody']
      .map((user) => `    - { stat: { path: /etc }, become: true, become_user: ${user} }\n`)
      .join(''),
  },
  'become for the whole play': { site: `- hosts: all\n  become: true\n  tasks:\n${file('a')}${file('b')}` },
  delegate_to: { tasks: `${file('a')}    - { stat: { path: /etc/hostname }, delegate_to: h2 }\n${file('b')}`, hosts: ['h1', 'h2', 'h3'] },
  'delegate_to of a task that is left out': {
    tasks: `${file('a')}    - { stat: { path: /etc/hostname }, delegate_to: localhost, when: 'false' }\n${file('b')}`,
  },
  'delegate_to localhost': { tasks: `${file('a')}    - { stat: { path: /etc/hostname }, delegate_to: localhost }\n${file('b')}` },
  run_once: {
    tasks: `${file('a')}    - { command: 'true', run_once: true, register: once }\n${file('b', ', when: once.rc == 0')}`,
    hosts: ['h1', 'h2', 'h3'],
  },
  'a handler that nothing notifies': {
    site: `- hosts: all\n  tasks:\n${file('a', ', notify: again')}  handlers:\n    - { name: again, command: 'true' }\n`,
  },
  'a handler that a command notifies': {
    site: `- hosts: all\n  tasks:\n    - { command: 'true', notify: again }\n${file('a')}  post_tasks:\n${file('b')}  handlers:\n    - { name: again, command: 'true' }\n`,
  },
  'a command that changes nothing': {
    site: `- hosts: all\n  tasks:\n    - { command: 'true', changed_when: false, notify: again }\n${file('a')}  handlers:\n    - { name: again, command: 'true' }\n`,
  },
  'a command that was carried out before': {
    site: `- hosts: all\n  tasks:\n    - { command: { cmd: 'touch {{ here }}/made', creates: '{{ here }}/made' }, notify: again }\n${file('a')}  handlers:\n    - { name: again, command: 'true' }\n`,
  },
  flush_handlers: {
    site: `- hosts: all\n  tasks:\n    - { command: 'true', notify: again }\n    - meta: flush_handlers\n${file('a')}  handlers:\n    - { name: again, command: 'true' }\n`,
  },
  serial: {
    site: `- hosts: all\n  serial: 1\n  tasks:\n${file('a')}    - command: 'true'\n${file('b')}`,
    hosts: ['h1', 'h2', 'h3'],
  },
  'two plays': {
    site: `- hosts: all\n  tasks:\n${file('a')}- hosts: all\n  gather_facts: false\n  tasks:\n${file('a')}${file('b')}`,
    hosts: ['h1', 'h2'],
  },
  'facts asked for again': {
    site: `- hosts: all\n  gather_facts: false\n  tasks:\n${file('a')}- hosts: all\n  tasks:\n${file('b')}`,
  },
  until: {
    tasks: `${file('a')}    - { stat: { path: /etc }, register: r, until: r.stat.exists, retries: 2, delay: 1 }\n${file('b')}`,
    cuts: ['stat: it is tried until it holds', 'copy: nothing is looked at beyond `stat`, which has `until`'],
  },
  'a pause': { tasks: `${file('a')}    - pause: { seconds: 0 }\n${file('b')}` },
  'a new connection': { tasks: `${file('a')}    - meta: reset_connection\n${file('b')}` },
  'the end of a host': {
    tasks: `${file('a')}    - meta: end_host\n      when: inventory_hostname == "h1"\n    - command: 'true'\n`,
    hosts: ['h1', 'h2'],
  },
  'block, rescue and always': {
    tasks: `    - block:\n  ${file('a')}  ${file('b')}      rescue:\n        - command: 'true'\n      always:\n  ${file('c')}${file('d')}`,
    cuts: [],
  },
  check_mode: { tasks: `${file('a')}    - { command: 'true', check_mode: true }\n${file('b')}` },
  'no check mode': { tasks: `${file('a')}    - { command: 'true', check_mode: false }\n${file('b')}` },
  'hosts that differ': {
    tasks: `${file('a')}    - command: 'true'\n      when: inventory_hostname == "h2"\n${file('b')}`,
    hosts: ['h1', 'h2'],
  },
  'conditions on facts that cost nothing': {
    tasks: `${file('a', ', when: facts.system == "Linux"')}${file('b', ', when: facts.system != "Linux"')}${file('c')}`,
  },
  'params from facts': {
    tasks: `${file('{{ facts.system }}')}${file('b')}    - { debug: { msg: "{{ facts.system }}" } }\n${file('c')}`,
    cuts: [],
  },
  'a template with facts': {
    tasks: `    - { template: { src: t.hbs, dest: "{{ here }}/t" } }\n${file('b')}`,
    files: { 'templates/t.hbs': '{{ facts.system }}\n' },
    cuts: [],
  },
  'an assertion about facts': {
    tasks: `${file('a')}    - assert: { that: ['facts.system == "Linux"'] }\n    - fail: { msg: no }\n      when: facts.system != "Linux"\n${file('b')}`,
    cuts: [],
  },
  'a role': {
    site: '- hosts: all\n  roles: [extra]\n',
    files: { 'roles/extra/tasks/main.yml': `${file('m')}${file('n')}`.replaceAll(/^ {4}/gm, '') },
    cuts: [],
  },
}

for (const [kind, shape] of Object.entries(CERTAIN)) {
  test(`${kind}: as many as counted`, () =>
    withShape(shape, ({ foresights, trips, folder }) => {
      const { least, most, open } = summed(foresights)
      assert.equal(open, [])
      assert.equal(least, most)
      assert.equal(least, trips)
      if (shape.cuts) assert.equal(cutsOf(foresights, folder), shape.cuts)
    }))
}

/** Not known before: what is counted must lie between the two. */
const UNCERTAIN: { readonly [kind: string]: Shape & { readonly between: readonly [number, number | undefined] } } = {
  'a condition on what a command says': {
    tasks: `    - { command: echo yes, register: said }\n    - { command: 'true', when: said.stdout == "yes" }\n`,
    between: [2, 3],
  },
  'a condition that does not hold': {
    tasks: `    - { command: echo no, register: said }\n    - { command: 'true', when: said.stdout == "yes" }\n`,
    between: [2, 3],
  },
  'a condition on facts': { tasks: `${file('a')}    - { command: 'true', when: facts.system == "Linux" }\n`, between: [2, 3] },
  'a handler that may be notified': {
    site: `- hosts: all\n  tasks:\n    - { command: echo, register: r, changed_when: 'r.stdout == "x"', notify: again }\n  handlers:\n    - { name: again, command: 'true' }\n`,
    between: [2, 3],
  },
  'an end that may come': {
    tasks: `${file('a')}    - meta: end_host\n      when: facts.system == "Linux"\n    - command: 'true'\n`,
    between: [2, 3],
  },
  'a file named by a fact': {
    tasks: `${file('a')}    - include_tasks: "{{ facts.system }}.yml"\n`,
    files: { 'Linux.yml': "- command: 'true'\n" },
    between: [2, undefined],
  },
  'a loop over what a command says': {
    tasks: `    - { command: "printf 'a\\nb\\n'", register: said }\n    - { command: 'echo {{ item }}', loop: '{{ said.stdout_lines }}' }\n`,
    between: [2, undefined],
  },
  'a fact set under a condition': {
    tasks: `    - set_fact: { busy: false }\n    - set_fact: { busy: true }\n      when: facts.system == "Linux"\n    - { command: 'true', when: busy }\n${file('a')}`,
    between: [2, 2],
  },
  'a failure that is ignored': {
    tasks: `    - { command: 'false', register: r, ignore_errors: true }\n    - { command: 'true', when: r.failed }\n`,
    between: [2, 3],
  },
}

for (const [kind, { between, ...shape }] of Object.entries(UNCERTAIN)) {
  test(`${kind}: within the bounds`, () =>
    withShape(shape, ({ foresights, trips }) => {
      const { least, most, open } = summed(foresights)
      const [atLeast, atMost] = between
      const counted = trips['h1'] ?? 0
      assert.is(least['h1'], atLeast)
      assert.is(open.length > 0 ? undefined : most['h1'], atMost)
      assert.ok(atLeast <= counted && counted <= (atMost ?? Infinity), `${counted} is not between ${between}`)
    }))
}

test.run()

interface Ran {
  readonly foresights: readonly Foresight[]
  readonly trips: { readonly [host: string]: number }
  readonly folder: string
}

async function withShape({ tasks = '', files = {}, site, hosts = ['h1'] }: Shape, check: (ran: Ran) => void): Promise<void> {
  const text = site ?? `- hosts: all\n  tasks:\n${tasks}`
  await withLocalRun({ 'site.yml': text, ...files }, { hosts, again: true }, ({ foresights, trips, summary, folder }) => {
    assert.equal(summary.failed, [])
    check({ foresights, trips, folder })
  })
}

interface Sum {
  readonly least: { readonly [host: string]: number }
  readonly most: { readonly [host: string]: number }
  readonly open: readonly string[]
}

function summed(foresights: readonly Foresight[]): Sum {
  const sum = (bound: 'least' | 'most') => {
    const total: { [host: string]: number } = {}
    for (const foresight of foresights)
      for (const [host, count] of Object.entries(foresight[bound].counts)) total[host] = (total[host] ?? 0) + count
    return total
  }
  return { least: sum('least'), most: sum('most'), open: foresights.flatMap(({ open }) => open) }
}

function cutsOf(foresights: readonly Foresight[], folder: string): readonly string[] {
  return foresights.flatMap(({ most }) => most.cuts.map(({ task, why }) => `${labelOf(task)}: ${why.replaceAll(`${folder}/`, '')}`))
}
