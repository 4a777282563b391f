import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { callHoldfast } from '../support/command.ts'
import { withFolder } from '../inventory/folder.ts'

const test = suite('exit codes')

const HOSTS = `all:
  vars: { ansible_connection: local }
  hosts:
    h1:
    h2:
    dark: { ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1 }
`
const play = (tasks: string, hosts = 'h1:h2'): string =>
  `- hosts: ${hosts}\n  gather_facts: false\n  tasks:\n${tasks.trimEnd().replace(/^/gm, '    ')}\n`
const OK = '- command: "true"\n'
const FAILS = '- command: "false"\n  when: inventory_hostname == "h1"\n'

/** Two cosigners with one shard, and a host that serves no fleet. */
const TORN = `all:
  vars: { chain: kvstore, ansible_connection: local }
  children:
    sentry: { hosts: { s1: { private_address: 10.0.2.1 } } }
    cosigner:
      vars: { signing_threshold: 2 }
      hosts:
        c1: { private_address: 10.0.3.1, shard_id: 1 }
        c2: { private_address: 10.0.3.2, shard_id: 1 }
        c3: { private_address: 10.0.3.3, shard_id: 3 }
    other: { hosts: { o1: {} } }
`

const FILES = {
  'hosts.yml': HOSTS,
  'torn.yml': TORN,
  'looks.yml': play('- stat: { path: / }\n', 'c1'),
  'broken.yml': 'all: [1\n',
  'ok.yml': play(OK),
  'fails.yml': `${play(FAILS)}${play(OK, 'h2')}`,
  'all_fail.yml': play('- command: "false"\n'),
  'dark.yml': `${play(OK, 'dark')}${play(OK)}`,
  'dark_state.yml': play('- file: { path: /, state: directory }\n', 'dark'),
  'ignored.yml': play('- command: "false"\n  ignore_errors: true\n'),
  'ignored_dark.yml': play('- command: "true"\n  ignore_unreachable: true\n', 'dark'),
  'rescued.yml': play('- block: [{ command: "false" }]\n  rescue: [{ command: "true" }]\n'),
  'drift.yml': play('- file: { path: "{{ playbook_dir }}/made", state: directory }\n'),
  'nobody.yml': play(OK, 'absent*'),
  'handler.yml': play('- command: "true"\n  notify: nobody\n'),
  'module.yml': play('- nonsense: {}\n'),
  'note.yml': play('- file: { path: "{{ playbook_dir }}/second", state: directory }\n'),
}

/** What is called, how it ends, and how Ansible ends where that is something else. */
const ROWS: readonly (readonly [call: string, code: number, ansible?: number])[] = [
  ['apply ok.yml --yes', 0],
  ['apply drift.yml --check', 0],
  ['apply ignored.yml --yes', 0],
  ['apply rescued.yml --yes', 0],
  ['apply ignored_dark.yml --yes', 0],
  ['apply fails.yml --yes', 1, 2],
  ['apply all_fail.yml ok.yml --yes', 1, 2],
  ['apply dark.yml --yes', 1, 4],
  ['exec dark -- true', 1, 4],
  ['drift dark_state.yml', 1, 4],
  ['apply ok.yml', 2],
  ['apply nowhere.yml --yes', 2, 1],
  ['apply handler.yml --yes', 2, 1],
  ['apply module.yml --yes', 2, 4],
  ['apply ok.yml --yes --limit absent', 2, 1],
  ['apply ok.yml --yes --start-at-task nowhere', 2, 0],
  ['apply nobody.yml --yes', 2, 0],
  ['apply ok.yml --yes -i nowhere.yml', 2, 0],
  ['apply ok.yml --yes -i broken.yml', 2, 0],
  ['apply ok.yml --yse', 2],
  ['drift drift.yml', 3, 0],
  ['apply looks.yml --check -i torn.yml', 2, 0],
  ['exec c1 -i torn.yml -- true', 2, 0],
  ['exec o1 -i torn.yml -- true', 2, 0],
  ['exec c1 -i torn.yml --check -m stat -a path=/', 2, 0],
  ['exec c1 -i torn.yml --harmless -- true', 0],
  ['exec h1 -m file -a path={{nope}}', 2],
  ['exec h1 --harmless -m file -a path={{nope}}', 2],
  ['facts o1 -i torn.yml', 0],
]

for (const [call, code, ansible] of ROWS) {
  test(`\`holdfast ${call}\` ends with ${code}${ansible === undefined ? '' : `, where Ansible ends with ${ansible}`}`, async () => {
    await withFolder(FILES, async (cwd) => {
      const words = call.split(' ')
      const inventory = words.includes('-i') ? [] : ['-i', 'hosts.yml']
      const [first = '', ...rest] = words
      const called = await callHoldfast([first, ...inventory, ...rest], { cwd })
      assert.is(called.code, code, called.err)
    })
  })
}

test('what is missing is said before that nobody is there to say yes', async () => {
  await withFolder(FILES, async (cwd) => {
    const said = async (...args: readonly string[]): Promise<string> => (await callHoldfast(['apply', ...args], { cwd })).err
    assert.match(await said('-i', 'hosts.yml', 'nowhere.yml'), 'nowhere.yml')
    assert.match(await said('-i', 'nowhere', 'ok.yml'), 'error[no-inventory]')
    assert.match(await said('-i', 'hosts.yml', 'module.yml'), 'nonsense')
    assert.match(await said('-i', 'hosts.yml', 'ok.yml'), 'error[needs-yes]')
  })
})

test('a contradiction is told once and at its line by `exec`, which then runs nothing and leaves no journal', async () => {
  await withFolder(FILES, async (cwd) => {
    const touch = ['--', 'touch', join(cwd, 'ran')]
    const called = await callHoldfast(['exec', '-i', 'torn.yml', 'cosigner', ...touch], { cwd })
    assert.is(called.code, 2)
    assert.is(called.err.split('error[fleet-shards]: `c2` and `c1` have the same shard, 1').length, 2, called.err)
    assert.match(called.err, '--> torn.yml:')
    const left = await readdir(cwd)
    assert.not.ok(left.includes('ran') || left.includes('.holdfast'), left.join(' '))
    assert.is((await callHoldfast(['exec', '-i', 'torn.yml', 'c1', '--harmless', ...touch], { cwd })).code, 0)
    assert.ok((await readdir(cwd)).includes('ran'))
  })
})

test('a playbook that failed is the last of its call', async () => {
  await withFolder(FILES, async (cwd) => {
    const called = await callHoldfast(['apply', '-i', 'hosts.yml', 'fails.yml', 'note.yml', '--yes'], { cwd })
    assert.is(called.code, 1)
    assert.is((await callHoldfast(['drift', '-i', 'hosts.yml', 'note.yml'], { cwd })).code, 3, 'the second playbook was not begun')
  })
})

test('Ctrl-C ends with 130', async () => {
  await withFolder(
    { ...FILES, 'slow.yml': play('- debug: { msg: begun }\n- command: sleep 4\n- command: sleep 60\n', 'h1') },
    async (cwd) => {
      assert.is(await interrupted(['apply', '-i', 'hosts.yml', 'slow.yml', '--yes'], { cwd, at: 'begun' }), 130)
    },
  )
})

/** Calls the built command and interrupts it once it has printed a word. */
function interrupted(words: readonly string[], { cwd, at }: { readonly cwd: string; readonly at: string }): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...words], { cwd, env: { PATH: process.env['PATH'] ?? '', HOME: cwd }, timeout: 30_000 })
    child.stdout.resume()
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes(at)) child.kill('SIGINT')
    })
    child.on('error', reject)
    child.on('close', resolve)
  })
}

const MAIN = fileURLToPath(new URL('../../engine/bin/holdfast.js', import.meta.url))

test.run()
