/**
 * Plants secrets of every kind in a project, runs it against a real host, and then looks for them everywhere a secret must not
 * be: the arguments and environments of all processes on both machines while the run lasts, every file of the host and of
 * the project, the host's journal, and whatever the command printed.
 */
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { inlineValue, seal } from '../../engine/secrets/seal.ts'
import { callHoldfast } from '../support/command.ts'
import { type Person, type SecretProject, withProject } from '../support/keys.ts'
import { labSuite, type TestHost, withHost } from '../support/lab.ts'

const TOKEN = 'planted-token-4d1f'
const PASSWORD = 'planted-password-9c77'
const KEY = '{ "height": 7, "value": "planted-password-5e5e" }\n'
/** What both begin with, as it is and in base64, wherever in a word it stands. */
const TRACES = ['planted-', ...[0, 1, 2].map((shift) => base64Middle(shift))]

const test = labSuite('planted secrets')

test('reach their files, and nothing else on either machine ever shows them', () =>
  withPlanted(async ({ project, ana, host }) => {
    const seen = watchProcesses()
    const call = (...words: readonly string[]) => callHoldfast(words, { cwd: project.folder, env: { HOLDFAST_KEY_FILE: ana.keyFile } })
    const calls = [
      await call('apply', 'playbooks/site.yml', '--check', '--diff'),
      await call('apply', 'playbooks/site.yml', '--yes', '--diff', '-v'),
      await call('apply', 'playbooks/site.yml', '--yes', '--json'),
      await call('drift', 'playbooks/site.yml', '--diff'),
      await call('plan', 'playbooks/site.yml', '--explain'),
      await call('inventory', '--list'),
      await call('explain', host.name, 'password'),
      await call('apply', 'playbooks/refused.yml', '--yes'),
    ]
    const [controllerSaw, hostSaw] = [await seen.stop(), await unwatchHost(host)]

    const files = (await host.read(`grep -rlE '${TRACES.join('|')}' / --exclude-dir=proc --exclude-dir=sys 2>/dev/null || true`)).split(
      '\n',
    )
    assert.equal(
      files.filter(Boolean).sort(),
      ['conf', 'key', 'late', 'met', 'stdin', 'token'].map((name) => `/root/planted.${name}`),
    )
    assert.is(await host.read('cat /root/planted.key'), KEY)

    assert.is((await host.read('cat /root/planted.token /root/planted.stdin')).replaceAll('\n', ''), TOKEN + PASSWORD)
    assert.is(await host.read('stat -c %a /root/planted.token'), '600\n')
    assert.is(await host.read(`journalctl --no-pager | grep -cE '${TRACES.join('|')}' || true`), '0\n')

    const codes = calls.map(({ code }) => code)
    assert.equal(codes, [0, 1, 1, 0, 0, 0, 0, 0], calls.map(({ err }) => err).join('\n'))
    for (const { out, err } of calls) assert.equal(tracesIn(out + err), [])
    assert.match(calls.map(({ err }) => err).join(''), /<secret/)
    assert.is(controllerSaw + hostSaw, '')
    assert.equal(await tracesBelow(project.folder), [])
  }))

test('the watch for secrets does see one that is shown', async () => {
  const seen = watchProcesses()
  const shown = spawn('sleep', ['2'], { env: { PLANTED: TOKEN }, stdio: 'ignore' })
  await new Promise((resolve) => shown.on('close', resolve))
  assert.match(await seen.stop(), TOKEN)
})

test.run()

interface Planted {
  readonly project: SecretProject
  readonly ana: Person
  readonly host: TestHost
}

async function withPlanted(use: (planted: Planted) => Promise<void>): Promise<void> {
  await withHost((host) =>
    withProject(async (project) => {
      const ana = await project.person('ana')
      await project.add(ana)
      const recipients = await project.keyring(ana).recipients()
      await project.write('holdfast.yml', 'inventory: inventories/lab\n')
      await project.write('inventories/lab/hosts.yml', inventory(host))
      await project.write('inventories/lab/group_vars/all/keys.sealed.yml', await seal(new Secret('keys', `token: ${TOKEN}\n`), recipients))
      await project.write(
        'inventories/lab/group_vars/all/vars.yml',
        inlineValue(await seal(new Secret('p', PASSWORD), recipients), 'password'),
      )
      await project.write('playbooks/site.yml', PLAYBOOK)
      await project.write('playbooks/files/key.json', await seal(new Secret('key', KEY), recipients))
      await project.write('playbooks/vars/late.yml', await seal(new Secret('late', `late: ${PASSWORD}-late\n`), recipients))
      await project.write('playbooks/Linux.yml', met(await seal(new Secret('met', `${PASSWORD}-met`), recipients)))
      await project.write('playbooks/refused.yml', REFUSED)
      await project.write('playbooks/templates/planted.hbs', 'user = ana\npassword = {{ password }}\n')
      await watchHost(host)
      try {
        await use({ project, ana, host })
      } finally {
        await host.run('rm -f /root/planted.*; kill "$(cat /run/watcher)" 2>/dev/null; rm -f /run/watcher /run/watched')
      }
    }),
  )
}

function inventory({ name, address, user, keyFile, knownHostsFile }: TestHost): string {
  return `all:
  hosts:
    ${name}:
      ansible_host: ${address}
      ansible_user: ${user}
      ansible_ssh_private_key_file: ${keyFile}
      ansible_ssh_common_args: -o UserKnownHostsFile=${knownHostsFile}
`
}

/** Everything a secret can be given to; the task that fails quotes one in its message. */
const PLAYBOOK = `- hosts: all
  become: true
  tasks:
    - copy: { content: '{{ token }}', dest: /root/planted.token, mode: '0600' }
    - copy: { src: key.json, dest: /root/planted.key, mode: '0600' }
    - include_vars: '{{ "late" }}.yml'
    - copy: { content: '{{ late }}', dest: /root/planted.late, mode: '0600' }
    - include_tasks: '{{ facts.system }}.yml'
    - template: { src: planted.hbs, dest: /root/planted.conf, mode: '0600' }
    - command: { cmd: tee /root/planted.stdin, stdin: '{{ password }}' }
    - command: sleep 1
    - debug: { msg: 'the token is {{ token }}, the password {{ b64encode password }}' }
    - fail: { msg: 'refused {{ token }}' }
      ignore_errors: true
    - command: cat /root/planted.token
      register: shown
      changed_when: true
    - debug: { var: shown }
    - shell: cat /root/planted.token /root/planted.stdin >&2; exit 3
`

/** A file of tasks with a value of its own, included by a name that only the run knows. */
function met(sealed: string): string {
  const vars = inlineValue(sealed, 'met').trimEnd().split('\n').join('\n    ')
  return `- copy: { content: '{{ met }}', dest: /root/planted.met, mode: '0600' }\n  vars:\n    ${vars}\n`
}

/** Places where others on the host could read it. */
const REFUSED = `- hosts: all
  tasks:
    - command: echo {{ token }}
      ignore_errors: true
    - command: 'true'
      environment: { TOKEN: '{{ token }}' }
      ignore_errors: true
    - file: { path: '/tmp/{{ password }}', state: touch }
      ignore_errors: true
    - shell: 'echo {{ password }}'
      ignore_errors: true
`

/** Finds secrets among the arguments and environments of all processes, again and again. It does not find itself. */
const WATCH =
  'while :; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | grep -aoE "[p]lanted-(token|password)-[0-9a-f]+"; done'

async function watchHost(host: TestHost): Promise<void> {
  await host.read(`setsid sh -c 'echo $$ > /run/watcher; ${WATCH} > /run/watched' </dev/null >/dev/null 2>&1 &`)
}

/** What the watch on the host has found. */
async function unwatchHost(host: TestHost): Promise<string> {
  return await host.read('kill "$(cat /run/watcher)"; cat /run/watched; rm -f /run/watcher /run/watched')
}

/** The same on this machine. */
function watchProcesses(): { readonly stop: () => Promise<string> } {
  const child = spawn('sh', ['-c', WATCH], { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  const ended = new Promise((resolve) => child.on('close', resolve))
  return {
    stop: async () => {
      if (child.pid !== undefined) process.kill(-child.pid)
      await ended
      return Buffer.concat(pieces).toString()
    },
  }
}

function tracesIn(text: string): readonly string[] {
  return TRACES.flatMap((trace) => [...text.matchAll(new RegExp(`.{0,60}${trace}.{0,20}`, 'g'))].map(([around]) => around))
}

/** The files below a folder in which a secret stands; its sealed form is not one. */
async function tracesBelow(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const found = await Promise.all(
    names.map(async (entry) => {
      const path = join(entry.parentPath, entry.name)
      return tracesIn(await readFile(path, 'latin1')).map((trace) => `${path}: ${trace}`)
    }),
  )
  return found.flat()
}

/** The part of a text's base64 that is the same wherever the text stands in a word, for one of the three ways it can lie. */
function base64Middle(shift: number): string {
  const text = Buffer.from(`${'x'.repeat(shift)}planted-`).toString('base64')
  return text.slice(Math.ceil((shift * 4) / 3), text.length - 4)
}
