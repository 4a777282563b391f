/**
 * Secrets in files that only the run itself can name: by a fact, by a registered result, or as a source. They are opened then, with the
 * key that was unlocked before the first host was contacted.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { inlineValue, seal } from '../../engine/secrets/seal.ts'
import { callHoldfast, type Called } from '../support/command.ts'
import { type Person, type SecretProject, withProject } from '../support/keys.ts'

const PLANTED = 'planted-late-77aa31'

const test = suite('secrets met on the way')

const KINDS: { readonly [kind: string]: string } = {
  'tasks named by a fact': '- include_tasks: "by_{{ facts.system }}.yml"',
  'tasks named by a result': '- command: echo Linux\n  check_mode: false\n  register: said\n- include_tasks: "by_{{ said.stdout }}.yml"',
  'tasks named by an item': '- include_tasks: "by_{{ item }}.yml"\n  loop: ["{{ facts.system }}"]',
  'tasks named by a variable': '- include_tasks: "by_{{ kernel }}.yml"',
  'tasks named outright': '- include_tasks: by_Linux.yml',
  'a role named by a fact': '- include_role: { name: "role_{{ facts.system }}" }',
  'a role with other vars': '- include_role: { name: "role_Linux", vars_from: "{{ facts.system }}" }',
  'a role whose vars are sealed as a whole': '- include_role: { name: "whole_{{ facts.system }}" }',
  'vars named by a fact': `- include_vars: "{{ facts.system }}.yml"\nWRITE`,
  'vars named by a variable': `- include_vars: "{{ kernel }}.yml"\nWRITE`,
  'vars named outright': `- include_vars: Linux.yml\nWRITE`,
  'vars of a folder': `- include_vars: { dir: "{{ facts.system }}.d" }\nWRITE`,
  'vars sealed as a whole': `- include_vars: "whole_{{ facts.system }}.yml"\nWRITE`,
  'vars in a loop': `- include_vars: "{{ item }}.yml"\n  loop: [Linux]\nWRITE`,
}

const WRITE = '- copy: { content: "{{ late }}", dest: "{{ out }}", mode: "0600" }'

for (const [kind, tasks] of Object.entries(KINDS)) {
  test(`${kind} may hold one`, () =>
    withOperator(async ({ project, call, out }) => {
      await project.write('site.yml', playbook(tasks))
      const applied = await call('apply', 'site.yml', '--yes', '--diff', '-v')
      assert.is(applied.code, 0, applied.err)
      assert.is(await readFile(out, 'utf8'), PLANTED)
      assertHidden([applied])
      assert.equal(await filesThatShow(project.folder), ['out'])
    }))
}

test('a preview opens it too, and shows none of it', () =>
  withOperator(async ({ project, call }) => {
    await project.write('site.yml', playbook(KINDS['tasks named by a result'] ?? ''))
    const calls = [await call('apply', 'site.yml', '--check', '--diff'), await call('drift', 'site.yml', '--diff')]
    assert.equal(
      calls.map(({ code }) => code),
      [0, 3],
    )
    assertHidden(calls)
    assert.equal(await filesThatShow(project.folder), [])
  }))

test('for every host of a batch', () =>
  withOperator(async ({ project, call }) => {
    await project.write('hosts.yml', inventory(project.folder, ['h1', 'h2', 'h3']))
    await project.write('site.yml', playbook(KINDS['tasks named by a fact'] ?? ''))
    const { code, out, err } = await call('apply', 'site.yml', '--yes', '--json')
    assert.is(code, 0, err)
    assert.equal(Object.keys(JSON.parse(out).hosts), ['h1', 'h2', 'h3'])
    assertHidden([{ code, out, err }])
  }))

test('what is sealed to others fails the task that needs it, on each host with the same words', () =>
  withOperator(async ({ project, call }) => {
    const ben = await project.person('ben')
    await project.write('by_Linux.yml', tasksWith(await sealTo(project, ben)))
    await project.write('hosts.yml', inventory(project.folder, ['h1', 'h2']))
    await project.write('site.yml', playbook(KINDS['tasks named by a fact'] ?? ''))
    const { code, out } = await call('apply', 'site.yml', '--yes', '--json')
    assert.is(code, 1)
    const failed = JSON.parse(out).results.filter(({ status }: { status: string }) => status === 'failed')
    assert.is(failed.length, 2)
    for (const { message } of failed) assert.match(message, '`[0].vars.late` is not sealed to your key')
  }))

test('what a name known before leads to is opened before any host is contacted', () =>
  withOperator(async ({ project, call, out }) => {
    const ben = await project.person('ben')
    await project.write('by_Linux.yml', tasksWith(await sealTo(project, ben)))
    await project.write('key.json', await sealTo(project, ben))
    for (const tasks of [KINDS['tasks named by a variable'] ?? '', '- copy: { src: key.json, dest: "{{ out }}" }']) {
      await project.write('site.yml', playbook(`- command: touch {{ out }}\n${tasks}`))
      const { code, err } = await call('apply', 'site.yml', '--yes')
      assert.is(code, 2)
      assert.match(err, 'error[not-a-recipient]')
      assert.is(await readFile(out, 'utf8').catch(() => 'nothing'), 'nothing')
    }
  }))

test('an include that is skipped needs no key', () =>
  withOperator(async ({ project, call }) => {
    const ben = await project.person('ben')
    await project.write('vars/Linux.yml', inlineValue(await sealTo(project, ben), 'late'))
    await project.write('site.yml', playbook('- include_vars: Linux.yml\n  when: kernel == "Plan9"'))
    assert.is((await call('apply', 'site.yml', '--yes')).code, 0)
  }))

test('a key that cannot be unlocked is told before the run, if it may be needed', () =>
  withOperator(async ({ project }) => {
    const eva = await project.person('eva', { passphrase: 'long enough' })
    await project.write('by_Linux.yml', tasksWith(await sealTo(project, eva)))
    const env = { HOLDFAST_KEY_FILE: eva.keyFile }
    await project.write('site.yml', playbook(KINDS['tasks named by a fact'] ?? ''))
    const needed = await callHoldfast(['apply', 'site.yml', '-i', 'hosts.yml', '--yes'], { cwd: project.folder, env })
    assert.is(needed.code, 1)
    assert.match(needed.err, /warning\[passphrase-needed\]: the private key of .*eva/)
    assert.ok(needed.err.indexOf('warning[passphrase-needed]') < needed.err.indexOf('error[task-failed]'), needed.err)
    await project.write('site.yml', playbook('- debug: { msg: nothing sealed }'))
    const unneeded = await callHoldfast(['apply', 'site.yml', '-i', 'hosts.yml', '--yes'], { cwd: project.folder, env })
    assert.is(unneeded.code, 0, unneeded.err)
    assert.not.match(unneeded.err, 'passphrase')
  }))

test.run()

interface Operator {
  readonly project: SecretProject
  readonly call: (...words: readonly string[]) => Promise<Called>
  /** The file in which the secret must arrive. */
  readonly out: string
}

async function withOperator(use: (operator: Operator) => Promise<void>): Promise<void> {
  await withProject(async (project) => {
    const ana = await project.person('ana')
    const sealed = await sealTo(project, ana)
    const vars = inlineValue(sealed, 'late')
    await project.write('hosts.yml', inventory(project.folder, ['h1']))
    await project.write('by_Linux.yml', tasksWith(sealed))
    for (const file of [
      'vars/Linux.yml',
      'vars/Linux.d/a.yml',
      'Linux.d/a.yml',
      'roles/role_Linux/vars/main.yml',
      'roles/role_Linux/vars/Linux.yml',
    ])
      await project.write(file, vars)
    const whole = await sealTo(project, ana, `late: ${PLANTED}\n`)
    for (const file of ['vars/whole_Linux.yml', 'roles/whole_Linux/vars/main.yml']) await project.write(file, whole)
    for (const role of ['role_Linux', 'whole_Linux']) await project.write(`roles/${role}/tasks/main.yml`, `${WRITE}\n`)
    const env = { HOLDFAST_KEY_FILE: ana.keyFile }
    const call = ([command = '', ...words]: readonly string[]) =>
      callHoldfast([command, ...words, '-i', 'hosts.yml'], { cwd: project.folder, env })
    await use({ project, call: (...words) => call(words), out: join(project.folder, 'out') })
  })
}

async function sealTo(project: SecretProject, person: Person, text = PLANTED): Promise<string> {
  await project.add(person)
  const recipients = await project.keyring(person).recipients()
  const own = recipients.filter(({ userId }) => userId.startsWith(person.name))
  return await seal(new Secret('late', text), own)
}

function tasksWith(sealed: string): string {
  const [first = '', ...rest] = inlineValue(sealed, 'late').trimEnd().split('\n')
  return `- copy: { content: "{{ late }}", dest: "{{ out }}", mode: "0600" }\n  vars:\n    ${[first, ...rest].join('\n    ')}\n`
}

function inventory(folder: string, hosts: readonly string[]): string {
  const vars = `{ ansible_connection: local, kernel: Linux, out: ${join(folder, 'out')} }`
  return `all:\n  vars: ${vars}\n  hosts: {${hosts.map((host) => `${host}: {}`).join(', ')}}\n`
}

function playbook(tasks: string): string {
  const lines = tasks.replace('WRITE', WRITE).split('\n')
  return `- hosts: all\n  tasks:\n${lines.map((line) => `    ${line}\n`).join('')}`
}

function assertHidden(calls: readonly Called[]): void {
  for (const { out, err } of calls) assert.not.match(out + err, PLANTED)
  for (const { out, err } of calls) assert.not.match(out + err, Buffer.from(PLANTED).toString('base64').slice(0, -2))
}

/** The files of the project in which the value stands in the clear, its journals among them. */
async function filesThatShow(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const paths = names.map((entry) => join(entry.parentPath, entry.name))
  const texts = await Promise.all(paths.map(async (path) => [path, await readFile(path, 'latin1')] as const))
  return texts.flatMap(([path, text]) => (text.includes(PLANTED) ? [path.slice(folder.length + 1)] : []))
}
