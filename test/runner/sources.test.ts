import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('files of the controller')

const COPY = `    - name: copied
      copy: { src: '{{ scratch }}/build/file', dest: '{{ here }}/out' }
    - command: cat {{ here }}/out
      register: out
    - debug: { var: out.stdout }
`

const MAKERS: readonly [what: string, task: string][] = [
  ['fetched', `    - fetch: { src: '{{ scratch }}/on_host', dest: '{{ scratch }}/build/file', flat: true }\n      run_once: true\n`],
  ['made', `    - command: cp {{ scratch }}/on_host {{ scratch }}/build/file\n      delegate_to: localhost\n      run_once: true\n`],
]

for (const [what, task] of MAKERS) {
  test(`that an earlier task has ${what} travel as they are now, though an earlier one sent and a look ahead saw them as they were`, () =>
    withLocalRun(
      {
        'site.yml': `- hosts: all\n  gather_facts: false\n  tasks:\n${COPY}${task}${COPY}`,
        'build/file': 'of an earlier run',
        on_host: 'new',
      },
      { hosts: ['h1', 'h2'] },
      ({ said }) => {
        for (const host of ['h1', 'h2']) assert.equal(said(host), ['out.stdout: of an earlier run', 'out.stdout: new'])
      },
    ))
}

test('are read anew where they are templates', () =>
  withLocalRun(
    {
      'site.yml': `- hosts: all\n  gather_facts: false\n  tasks:\n${MAKERS[0]?.[1]}${COPY.replace('copy:', 'template:')}`,
      'build/file': 'of an earlier run',
      on_host: 'of {{ inventory_hostname }}',
    },
    { hosts: ['h1', 'h2'] },
    ({ said }) => {
      for (const host of ['h1', 'h2']) assert.equal(said(host), [`out.stdout: of ${host}`])
    },
  ))

test.run()
