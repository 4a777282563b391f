import { readdir, stat } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withFolder } from '../inventory/folder.ts'
import { callHoldfast } from '../support/command.ts'

const test = suite('files without an end, and places that cannot be written')

const HOSTS = 'all: { hosts: { here: { ansible_connection: local } } }\n'
const play = (task: string): string => `- hosts: all\n  gather_facts: false\n  tasks:\n    - ${task}\n`

/** What is called, how it ends, and what it says. */
const ROWS: readonly (readonly [call: string, code: number, says: string])[] = [
  ['secrets seal /dev/zero', 2, 'error[cannot-read]'],
  ['secrets view /dev/zero', 2, 'error[cannot-read]'],
  ['image /dev/zero', 2, 'it is a pipe or a device'],
  ['init /proc/nowhere', 2, 'error[init-folder]'],
  ['apply copy.yml -i hosts.yml --yes', 1, 'cannot read `/dev/zero`: it is a pipe or a device'],
  ['apply template.yml -i hosts.yml --yes', 2, 'cannot read `/dev/zero`: it is a pipe or a device'],
  ['apply fetch.yml -i hosts.yml --yes', 1, '`/dev/null` is a pipe or a device'],
  ['topology -i fleet.yml --svg /proc/nowhere.svg', 2, 'error[topology-file]: cannot write `/proc/nowhere.svg`: ENOENT'],
]

const FILES = {
  'hosts.yml': HOSTS,
  'fleet.yml': 'all: { children: { public: { hosts: { p1: { chain: kvstore } } } } }\n',
  'copy.yml': play('copy: { src: /dev/zero, dest: "{{ playbook_dir }}/made" }'),
  'template.yml': play('template: { src: /dev/zero, dest: "{{ playbook_dir }}/made" }'),
  'fetch.yml': play('fetch: { src: /etc/hostname, dest: /dev/null, flat: true }'),
}

for (const [call, code, says] of ROWS)
  test(`\`holdfast ${call}\` ends and says why`, async () => {
    await withFolder(FILES, async (cwd) => {
      const called = await callHoldfast(call.split(' '), { cwd, timeoutMs: 30_000 })
      assert.is(called.code, code, called.err)
      assert.match(called.err, says)
      assert.not.match(called.err, 'error[bug]')
    })
  })

test('fetching never replaces a device', async () => {
  await withFolder(FILES, async (cwd) => {
    await callHoldfast(['apply', 'fetch.yml', '-i', 'hosts.yml', '--yes'], { cwd })
    assert.ok((await stat('/dev/null')).isCharacterDevice())
  })
})

test('what cannot be put in its place is not left beside it', async () => {
  const files = {
    'hosts.yml': HOSTS,
    'play.yml': play('fetch: { src: /etc/hostname, dest: "{{ playbook_dir }}/taken", flat: true }'),
    'taken/x': '',
  }
  await withFolder(files, async (cwd) => {
    const called = await callHoldfast(['apply', 'play.yml', '-i', 'hosts.yml', '--yes'], { cwd })
    assert.is(called.code, 1, called.err)
    assert.equal(
      (await readdir(cwd)).filter((name) => name.startsWith('taken')),
      ['taken'],
    )
  })
})

test('a password of `become` is the first line of a file that does not end', async () => {
  await withFolder(FILES, async (cwd) => {
    const words = ['exec', 'all', '-i', 'hosts.yml', '--become-password-file', '/dev/zero', '--', 'echo', 'ran']
    const called = await callHoldfast(words, { cwd, timeoutMs: 30_000 })
    assert.is(called.code, 0, called.err)
    assert.is(called.out, 'here: ran\n')
  })
})

test.run()
