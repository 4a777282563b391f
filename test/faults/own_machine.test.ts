/** What the operator's own machine refuses is the failure of a task, told in a line: no stack trace, and other hosts go on. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'
import { until, withFleet } from './applied.ts'

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

test('a run that is interrupted twice ends at once, and its journal says how', () =>
  withFleet({ here: { ansible_connection: 'local' } }, { 'playbooks/site.yml': WAITING }, async (project) => {
    const { child, ended, said } = project.apply()
    await until(() => existsSync(join(project.root, 'begun')), 'the task to begin')
    child.kill('SIGINT')
    await said(/Interrupted/)
    child.kill('SIGINT')
    const { code } = await ended
    endIfAlive(Number(readFileSync(join(project.root, 'begun'), 'utf8')))
    assert.is(code, 130)
    const lines = readFileSync(join(project.root, '.holdfast/runs/latest/journal.jsonl'), 'utf8').trimEnd().split('\n')
    const { kind, exitCode } = JSON.parse(lines.at(-1) ?? '') as { readonly kind: string; readonly exitCode: number }
    assert.equal({ kind, exitCode }, { kind: 'end', exitCode: 130 })
  }))

/** What a run leaves when it is not given time to end it. */
function endIfAlive(pid: number): void {
  try {
    process.kill(pid)
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, 'ESRCH')
  }
}

const WAITING = `- hosts: all
  tasks:
    - shell: echo $$ > {{ playbook_dir }}/../begun.new; mv {{ playbook_dir }}/../begun.new {{ playbook_dir }}/../begun; exec sleep 6000
`

test.run()
