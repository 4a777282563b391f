import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
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

test('that are not what was pinned are refused with both digests, also in check mode and where the host has them', () => {
  const digest = createHash('sha256').update('one').digest('hex')
  const copy = (checksum: string, more = '') =>
    `    - copy: { src: f, dest: '{{ here }}/f', checksum: '${checksum}' }\n      register: copied\n      ignore_errors: true\n${more}    - debug: { var: copied.msg }\n      when: copied.failed\n`
  const tasks = [copy(digest), copy(`sha256:${'0'.repeat(64)}`), copy('1'.repeat(64), '      check_mode: true\n')]
  return withLocalRun(
    { 'site.yml': `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.join('')}`, 'files/f': 'one' },
    { hosts: ['h1'] },
    ({ said, folder }) => {
      assert.equal(
        said('h1'),
        ['0', '1'].map((digit) => `copied.msg: \`f\` is not the pinned file: expected sha256 ${digit.repeat(64)}, got ${digest}`),
      )
      assert.is(readFileSync(`${folder}/hosts/h1/f`, 'utf8'), 'one')
    },
  )
})

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

test('are one file where a digest is pinned', () =>
  withLocalRun(
    {
      'site.yml': `- hosts: all\n  gather_facts: false\n  tasks:\n    - name: copied\n      copy: { src: settings, dest: '{{ here }}/', checksum: 'sha256:${'0'.repeat(64)}' }\n`,
      'files/settings/f': 'one',
    },
    { hosts: ['h1'] },
    ({ folder, result }) => {
      assert.match(String(result('h1', 'copied').message), 'is a folder, and `checksum` is for one file')
      assert.equal(readdirSync(`${folder}/hosts/h1`), [])
    },
  ))

test('have the same names whether or not the folder they are in is written with a slash at its end', () =>
  withLocalRun(
    {
      'site.yml': `- hosts: all\n  gather_facts: false\n  tasks:\n    - copy: { src: settings, dest: '{{ here }}/' }\n    - copy: { src: settings/, dest: '{{ here }}/inside/' }\n`,
      'files/settings/f': 'one',
      'files/settings/deep/name.conf': 'two',
    },
    { hosts: ['h1'] },
    ({ folder }) => {
      for (const place of ['settings', 'inside']) {
        assert.is(readFileSync(`${folder}/hosts/h1/${place}/f`, 'utf8'), 'one')
        assert.is(readFileSync(`${folder}/hosts/h1/${place}/deep/name.conf`, 'utf8'), 'two')
        assert.equal(readdirSync(`${folder}/hosts/h1/${place}`).sort(), ['deep', 'f'])
      }
    },
  ))

test.run()
