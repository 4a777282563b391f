/** What the operator's own machine refuses is the failure of a task, told in a line: no stack trace, and other hosts go on. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('the operator’s own machine')

const TABLE: readonly [task: string, says: RegExp][] = [
  ['include_vars: { dir: missing }', /on this machine: .*no such file/],
  ['include_vars: { file: missing.yml }', /cannot read .*does not exist/],
  ['fetch: { src: /etc/hostname, dest: /dev/null/x }', /on this machine: .*not a directory/],
  ['template: { src: folder, dest: /tmp/x }', /on this machine: .*illegal operation on a directory/],
  ['copy: { src: missing, dest: /tmp/x }', /there is no file `missing`/],
]

for (const [task, says] of TABLE) {
  test(`${task} fails, and what follows on it is done`, () =>
    withLocalRun(
      {
        'site.yml': `- hosts: all\n  tasks:\n    - ${task}\n      ignore_errors: true\n    - name: after\n      command: 'true'\n`,
        'templates/folder/x': '',
      },
      { hosts: ['h1'] },
      ({ events, result }) => {
        const first = events.flatMap((event) => (event.kind === 'result' ? [event.result] : []))[0]
        assert.is(first?.status, 'failed')
        assert.match(first?.message ?? '', says)
        assert.is(result('h1', 'after').status, 'changed')
      },
    ))
}

test.run()
