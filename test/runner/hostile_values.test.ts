/** What a host printed, used in later tasks: whatever it is, it ends in a result of that task and harms nobody else. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('values that came from a host')

const play = (tasks: string): string => `- hosts: all
  gather_facts: false
  tasks:
    - name: said
      shell: |
        printf 'a\\000'
      register: said
${tasks.replace(/^/gm, '    ')}
    - name: after
      command: 'true'
`

const PLACES: readonly [where: string, task: string][] = [
  ['a command', 'command: echo {{ said.stdout }}'],
  ['a command that is looked at first', 'command: { cmd: echo x, creates: "/nowhere/{{ said.stdout }}" }'],
  ['a probe', 'slurp: { src: "/nowhere/{{ said.stdout }}" }'],
  ['the environment', 'command: env\n  environment: { A: "{{ said.stdout }}" }'],
]

for (const [where, task] of PLACES) {
  test(`fail the task if they hold a NUL byte and stand in ${where}; other hosts go on`, () =>
    withLocalRun(
      { 'site.yml': play(`- name: used\n  ${task}\n  when: inventory_hostname == "h1"`) },
      { hosts: ['h1', 'h2'] },
      ({ result, summary }) => {
        assert.is(result('h1', 'said').registered['stdout'], 'a\0')
        assert.match(result('h1', 'used').message ?? '', /NUL byte/)
        assert.is(result('h2', 'after').status, 'changed')
        assert.equal(summary.failed, ['h1'])
      },
    ))
}

test('do not fail the task before the one they are used in', () =>
  withLocalRun(
    {
      'site.yml': play(`- name: looks
  stat: { path: /etc/hostname }
- name: used
  slurp: { src: "/nowhere/{{ said.stdout }}" }
  ignore_errors: true`),
    },
    { hosts: ['h1'] },
    ({ story }) => assert.equal(story, ['h1 said changed', 'h1 looks ok', 'h1 used ignored', 'h1 after changed']),
  ))

test('name no variable of the environment that the shell would take for a command', () =>
  withLocalRun(
    {
      'site.yml': `- hosts: all
  gather_facts: false
  tasks:
    - name: said
      shell: |
        echo '{"A; touch {{ scratch }}/entered; B": "x"}'
      register: said
    - name: used
      command: env
      environment: "{{ from_json said.stdout }}"
`,
    },
    { hosts: ['h1'] },
    ({ result, folder }) => {
      assert.match(result('h1', 'used').message ?? '', /is no name for an environment variable/)
      assert.not.ok(existsSync(join(folder, 'entered')))
    },
  ))

test('are short in a message, however much of it a host prints in one line', () =>
  withLocalRun(
    {
      'site.yml': `- hosts: all
  gather_facts: false
  tasks:
    - name: long
      shell: |
        echo begun >&2; head -c 3000000 /dev/zero | tr '\\000' a >&2; echo ended >&2; exit 1
      ignore_errors: true
    - name: refused
      fail: { msg: '{{ "x" }}${'y'.repeat(20_000)}' }
`,
    },
    { hosts: ['h1'] },
    ({ result }) => {
      const { message = '', registered } = result('h1', 'long')
      assert.ok(message.length < 8000, String(message.length))
      assert.match(message, /^exit status 1: a+ended$/)
      assert.is((registered['stderr'] as string).length, 3_000_011, 'what is registered is whole')
      assert.ok((result('h1', 'refused').message ?? '').length < 8000)
    },
  ))

test.run()
