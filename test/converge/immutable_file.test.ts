import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'
import { NO_ROOT } from '../support/root.ts'
import { suiteUnless } from '../support/skip.ts'

const test = suiteUnless(NO_ROOT, 'a change that the kernel refuses')

const SITE = `- hosts: all
  gather_facts: false
  tasks:
    - shell: echo old > {{ here }}/f; chattr +i {{ here }}/f
    - { name: copied, copy: { content: new, dest: '{{ here }}/f' }, ignore_errors: true }
    - { name: moded, file: { path: '{{ here }}/f', mode: '0600' }, ignore_errors: true }
    - { name: in a folder that is there no more, copy: { content: new, dest: '{{ here }}/none/f' }, ignore_errors: true }
    - command: chattr -i {{ here }}/f
`

test('is told to come perhaps of an immutable file, and how to see it', () =>
  withLocalRun({ 'site.yml': SITE }, { hosts: ['h1'] }, ({ result }) => {
    for (const task of ['copied', 'moded']) {
      const { status, message = '', help = '' } = result('h1', task)
      assert.is(status, 'failed')
      assert.match(message, 'Operation not permitted')
      assert.match(help, /may be immutable: `lsattr -d \S+\/f` then shows/)
    }
    const other = result('h1', 'in a folder that is there no more')
    assert.equal([other.status, /immutable/.test(other.help ?? '')], ['failed', false])
  }))

test.run()
