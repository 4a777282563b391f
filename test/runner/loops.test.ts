import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LocalOptions, type LocalRun, withLocalRun } from '../support/local_run.ts'

const test = suite('loops and repetitions in a run')

const play = (tasks: string): string => `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.replace(/^/gm, '    ')}\n`

async function ran(tasks: string, options: LocalOptions, body: (run: LocalRun) => void): Promise<void> {
  await withLocalRun({ 'site.yml': play(tasks) }, { hosts: ['h1'], ...options }, body)
}

test('know where in the list they are', async () => {
  const tasks = `- name: where
  debug: { msg: "{{ node }} {{ at }} {{ ansible_loop.index }}/{{ ansible_loop.length }} {{ ansible_loop.first }} {{ ansible_loop.last }}" }
  loop: [a, b]
  loop_control: { loop_var: node, index_var: at, extended: true }
  register: r
- name: kept
  debug: { msg: "{{ r.results.0.node }} {{ r.results.1.at }} {{ r.results.1.ansible_loop_var }}" }`
  await ran(tasks, {}, ({ said }) => assert.equal(said('h1'), ['a 0 1/2 true false', 'b 1 2/2 false true', 'a 1 node']))
})

test('ask their condition for each item, and go on behind one that failed', async () => {
  const tasks = `- name: some
  command: test {{ item }} != 2
  loop: [1, 2, 3, 4]
  when: item != 3
  register: r
  ignore_errors: true
- name: show
  debug: { msg: "{{ r.results.1.failed }} {{ r.results.2.skipped }} {{ r.results.3.failed }} {{ r.failed }}" }`
  await ran(tasks, {}, ({ said }) => assert.equal(said('h1'), ['true true false true']))
})

test('register a skipped task without an output', async () => {
  const tasks = `- name: passed over
  command: "true"
  when: false
  register: r
- name: show
  debug: { msg: "{{ r.changed }} {{ r.skipped }} {{ r.skip_reason }}" }
- name: none
  debug: { msg: has stdout }
  when: "'stdout' in r || 'rc' in r"`
  await ran(tasks, {}, ({ said }) => assert.equal(said('h1'), ['false true Conditional result was False']))
})

test('repeat three times unless told otherwise, and until success where there is no condition', async () => {
  const tasks = `- name: never
  shell: "echo x >> {{ here }}/never; false"
  until: false
  delay: 0
  ignore_errors: true
- name: at last
  shell: "echo x >> {{ here }}/some; test $(wc -l < {{ here }}/some) = 3"
  retries: 5
  delay: 0
- name: count
  shell: "cat {{ here }}/never | wc -l; cat {{ here }}/some | wc -l"
  register: c
- name: show
  debug: { msg: "{{ join c.stdout_lines ' ' }}" }`
  await ran(tasks, {}, ({ said }) => assert.equal(said('h1'), ['4 3']))
})

test('look at the host anew each time where a task is repeated until something holds', () =>
  withLocalRun(
    {
      'site.yml': `- hosts: all
  gather_facts: false
  tasks:
    - copy: { content: x, dest: "{{ here }}/x" }
    - shell: (sleep 1; rm {{ here }}/x) > /dev/null 2>&1 &
    - name: back
      copy: { content: x, dest: "{{ here }}/x" }
      register: again
      until: again.changed
      retries: 40
      delay: 0.5
`,
    },
    { hosts: ['h1'] },
    ({ result }) => assert.is(result('h1', 'back').status, 'changed'),
  ))

test.run()
