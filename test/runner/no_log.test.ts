import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('no_log')

const TASKS: readonly [name: string, task: string][] = [
  ['a command that fails', 'shell: echo hidden >&2; exit 3'],
  ['a loop of them', 'shell: echo {{ item }} >&2; exit 3\nloop: [hidden, hiddentoo]'],
  ['one that is tried again', 'shell: echo hidden; exit 3\nretries: 1\ndelay: 0'],
  ['a command that succeeds', 'command: echo hidden'],
  ['a file that is written', 'copy: { content: hidden, dest: "{{ here }}/out" }'],
  ['a message', 'debug: { msg: hidden }'],
  ['an assertion', 'assert: { that: ["1 == 2"], fail_msg: hidden, success_msg: hidden }'],
  ['a failure', 'fail: { msg: hidden }'],
  ['a param that is refused', 'stat: { path: "{{ word }}" }\nvars: { word: hidden }'],
  ['facts', 'set_fact: { word: hidden }'],
]

for (const [name, task] of TASKS) {
  test(`tells nothing of ${name} but what became of it`, () =>
    withLocalRun(
      {
        'site.yml': `- hosts: all\n  gather_facts: false\n  tasks:\n    - name: t\n${`${task}\nno_log: true\nregister: got`.replace(/^/gm, '      ')}\n`,
      },
      { hosts: ['h1'] },
      ({ events, summary }) => {
        assert.not.match(JSON.stringify(events), /hidden/)
        assert.is(summary.hosts['h1']?.failed === 1 || summary.hosts['h1']?.ok === 1, true)
      },
    ))
}

test('leaves the exit status to be told, and the result to the tasks that come', () =>
  withLocalRun(
    {
      'site.yml': `- hosts: all
  gather_facts: false
  tasks:
    - name: t
      shell: echo hidden; exit 3
      no_log: true
      register: got
      ignore_errors: true
    - debug: { var: got.stdout }
`,
    },
    { hosts: ['h1'] },
    ({ result, said }) => {
      assert.is(result('h1', 't').message, 'exit status 3; the reason is withheld by `no_log`')
      assert.equal(said('h1'), ['got.stdout: hidden'])
    },
  ))

test('does not withhold why a host cannot be reached', () =>
  withLocalRun(
    { 'site.yml': `- hosts: all\n  gather_facts: false\n  tasks:\n    - name: t\n      command: id\n      no_log: true\n` },
    { hosts: ['h1'], dark: ['h1'] },
    ({ result }) => assert.match(result('h1', 't').message ?? '', /refused the connection/),
  ))

test.run()
