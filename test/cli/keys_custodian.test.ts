/** Who may open one shard places it, and nobody needs to open another's. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CeremonyProject, withFleet } from '../support/ceremony.ts'
import type { Person } from '../support/keys.ts'

const test = suite('a custodian')

test('places the shard of one host with no other key, and cannot place that of another', () =>
  withShards(async ({ project, people: [ana, ben] }) => {
    const place = (host: string, as: Person) => apply(project, { playbook: 'keys.yml', limit: host, as })
    const own = await place('cosigner-2', ben)
    assert.is(own.code, 0, own.err)
    assert.is(JSON.parse(await readFile(join(project.folder, 'placed-cosigner-2'), 'utf8')).id, 2)
    const foreign = await place('cosigner-2', ana)
    assert.is(foreign.code, 2)
    assert.match(foreign.err, 'error[not-a-recipient]: `horcrux_shard` is not sealed to your key')
    assert.match(foreign.err, /sealed to ben <ben@fleet.example> \(key [0-9A-F]{16}\); yours is ana/)
    assert.not.match(foreign.err, 'Probed')
  }))

test('who has none of that host fails the task, where only a fact decides whether it is needed', () =>
  withShards(async ({ project, people: [ana] }) => {
    const { code, out } = await apply(project, { playbook: 'by_fact.yml', limit: 'cosigner-2', as: ana })
    assert.is(code, 1)
    assert.match(out, '`horcrux_shard` is not sealed to your key')
  }))

test('a shard that only a fact decides about is opened on the way', () =>
  withShards(async ({ project, people: [, ben] }) => {
    const { code, err } = await apply(project, { playbook: 'by_fact.yml', limit: 'cosigner-2', as: ben })
    assert.is(code, 0, err)
    assert.is(JSON.parse(await readFile(join(project.folder, 'placed-cosigner-2'), 'utf8')).id, 2)
  }))

test('an operator who holds no shard runs all the rest', () =>
  withShards(async ({ project, operator }) => {
    const { code, err } = await apply(project, { playbook: 'site.yml', limit: 'all', as: operator })
    assert.is(code, 0, err)
    assert.not.match(err, 'warning')
  }))

test('a condition may not ask for a shard', () =>
  withShards(async ({ project, people: [, ben] }) => {
    await project.write(
      'asks.yml',
      `- hosts: cosigner\n  tasks:\n    - debug: { msg: yes }\n      when: facts.system == 'Linux' && horcrux_shard != ''\n`,
    )
    const { code, out } = await apply(project, { playbook: 'asks.yml', limit: 'cosigner-2', as: ben })
    assert.is(code, 1)
    assert.match(out, '`horcrux_shard` is opened for a task that needs it, and not here')
  }))

test('keeps what is theirs when everything is sealed anew', () =>
  withShards(async ({ project, people: [ana], operator }) => {
    await project.add(ana)
    const before = await project.signer('cosigner-1')
    const { code, err } = await project.call(['secrets', 'rekey'], { as: operator })
    assert.is(code, 0, err)
    assert.match(err, '2 sealed anew')
    assert.is(await project.signer('cosigner-1'), before)
  }))

test.run()

// Carried out here: hosts that are one machine would wait for each other's lock.
const PLACE =
  '- copy: { content: "{{ horcrux_shard }}", dest: "{{ playbook_dir }}/placed-{{ inventory_hostname }}", mode: "0600" }\n      delegate_to: localhost'

interface Held {
  readonly project: CeremonyProject
  readonly people: readonly [Person, Person, Person]
  /** To whom all but the shards is sealed. */
  readonly operator: Person
}

async function withShards(use: (held: Held) => Promise<void>): Promise<void> {
  await withFleet({}, async (project) => {
    const people = [await project.custodian('ana'), await project.custodian('ben'), await project.custodian('eva')] as const
    const operator = await project.person('operator')
    await project.add(operator)
    assert.is((await project.call(['keys', 'node'])).code, 0)
    const made = await project.call(['keys', 'create', '--keep-none', '--yes', '--accept-swap', '--horcrux', await project.horcrux()])
    assert.is(made.code, 0, made.err)
    await project.write('keys.yml', `- hosts: cosigner\n  serial: 1\n  tasks:\n    ${PLACE}\n`)
    await project.write('site.yml', `- hosts: all\n  vars: { place: false }\n  tasks:\n    ${PLACE}\n      when: place\n`)
    await project.write('by_fact.yml', `- hosts: cosigner\n  tasks:\n    ${PLACE}\n      when: facts.system == 'Linux'\n`)
    await use({ project, people, operator })
  })
}

function apply(project: CeremonyProject, { playbook, limit, as }: { playbook: string; limit: string; as: Person }) {
  return project.call(['apply', playbook, '-l', limit, '--transport', 'local', '--yes', '--json'], { as })
}
