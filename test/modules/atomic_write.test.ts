import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('a file that is replaced')

test('takes the place of what a power cut left beside it, but not of what another may be writing', () =>
  withLocalRun(
    {
      'site.yml': `- hosts: all
  gather_facts: false
  tasks:
    - shell: |
        cd {{ here }}
        touch -d '2 hours ago' .holdfast.abcdefghij .holdfast.other .holdfast.toolonganame
        mkdir .holdfast.afolder000; touch -d '2 hours ago' .holdfast.afolder000
        touch .holdfast.klmnopqrst
    - copy: { content: new, dest: '{{ here }}/file' }
`,
    },
    { hosts: ['h1'] },
    ({ folder, summary }) => {
      assert.equal(summary.failed, [])
      const left = readdirSync(join(folder, 'hosts/h1')).sort()
      assert.equal(left, ['.holdfast.afolder000', '.holdfast.klmnopqrst', '.holdfast.other', '.holdfast.toolonganame', 'file'])
    },
  ))

test.run()
