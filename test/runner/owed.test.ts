import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Owed } from '../../engine/session/owed.ts'
import { type LocalOptions, type LocalRun, withLocalRun } from '../support/local_run.ts'

/** What a host still owes when a run has ended too early. The notes lie outside the scratch folder, so each test has a handler of its own. */
const test = suite('owed handlers')

const name = (): string => `mend ${randomBytes(6).toString('hex')}`

interface Site {
  readonly handler: string
  readonly tasks: string
  readonly keywords?: string
  /** Of the handler, below its name. */
  readonly handling?: string
}

const site = ({ handler, tasks, keywords = '', handling = 'command: "true"' }: Site): string =>
  `- hosts: all\n  gather_facts: false\n${keywords}  handlers:\n    - name: ${handler}\n      ${handling}\n  tasks:\n${tasks.replace(/^/gm, '    ')}\n`

const run = <T>(what: Site, options: LocalOptions, body: (ran: LocalRun) => T): Promise<T> =>
  withLocalRun({ 'site.yml': site(what) }, { hosts: ['h1'], ...options }, body)

/** Whether a run with nothing to do finds the handler owed. */
async function owes(handler: string, options: LocalOptions = {}): Promise<boolean> {
  return await run({ handler, tasks: '- debug: { msg: quiet }' }, options, ({ story }) => story.some((line) => line.includes(handler)))
}

const notifying = (handler: string): string => `- name: change\n  copy: { content: x, dest: "{{ here }}/x" }\n  notify: ${handler}\n`
const BOOM = '- name: boom\n  command: "false"\n'

test('are run by the next apply, once', async () => {
  const handler = name()
  await run({ handler, tasks: `${notifying(handler)}${BOOM}` }, {}, ({ summary }) => assert.equal(summary.failed, ['h1']))
  assert.ok(await owes(handler))
  assert.not.ok(await owes(handler))
})

test('are left alone by check mode, which an apply begins with', async () => {
  const handler = name()
  const handling = 'file: { path: "{{ here }}/mended", state: directory }'
  await run({ handler, handling, tasks: `${notifying(handler)}${BOOM}` }, {}, () => undefined)
  for (const _ of [1, 2]) {
    await run({ handler, handling, tasks: '- debug: { msg: quiet }' }, { check: true }, ({ story }) =>
      assert.equal(story, [`h1 ${handler} changed`, 'h1 debug ok']),
    )
  }
  assert.ok(await owes(handler))
})

test('survive a later task that notifies them and fails', async () => {
  const handler = name()
  await run({ handler, tasks: `${notifying(handler)}${BOOM}  notify: ${handler}\n` }, {}, () => undefined)
  assert.ok(await owes(handler))
})

test('survive a later task that notifies them and changes nothing', async () => {
  const handler = name()
  const quiet = `- name: quiet\n  command: "true"\n  changed_when: false\n  notify: ${handler}\n`
  await run({ handler, tasks: `${notifying(handler)}${quiet}${BOOM}` }, {}, () => undefined)
  assert.ok(await owes(handler))
})

test('are not owed for a command that changed nothing after all', async () => {
  const handler = name()
  await run({ handler, tasks: `- command: "true"\n  changed_when: false\n  notify: ${handler}` }, {}, () => undefined)
  assert.not.ok(await owes(handler))
})

test('are no longer owed when their condition passes them over', async () => {
  const handler = name()
  await run({ handler, handling: 'command: "true"\n      when: false', tasks: notifying(handler) }, {}, ({ story }) =>
    assert.ok(story.includes(`h1 ${handler} skipped`)),
  )
  assert.not.ok(await owes(handler))
})

test('are owed by the host of the task, not by the one it is delegated to', async () => {
  const handler = name()
  const tasks = `${notifying(handler)}  delegate_to: h2\n  when: inventory_hostname == "h1"\n- name: boom\n  command: "false"\n`
  await run({ handler, tasks }, { hosts: ['h1', 'h2'] }, ({ story }) => assert.not.ok(story.some((line) => line.includes(handler))))
  await run({ handler, tasks: '- debug: { msg: quiet }' }, {}, ({ story }) => assert.ok(story.includes(`h1 ${handler} changed`)))
  assert.not.ok(await owes(handler))
})

test('come back with the role that brings them, though it is only included', async () => {
  const handler = name()
  const files = (tasks: string) => ({
    'site.yml': '- hosts: all\n  gather_facts: false\n  tasks:\n    - include_role: { name: web }\n',
    'roles/web/tasks/main.yml': tasks,
    'roles/web/handlers/main.yml': `- name: ${handler}\n  command: "true"\n`,
  })
  await withLocalRun(files(`${notifying(handler)}${BOOM}`), { hosts: ['h1'] }, () => undefined)
  await withLocalRun(files('- debug: { msg: quiet }'), { hosts: ['h1'] }, ({ story }) =>
    assert.ok(story.includes(`h1 web : ${handler} changed`), story.join('\n')),
  )
})

test('are struck off by every shell that noted them, whichever is asked first', () => {
  const owed = new Owed()
  owed.noted(['a'], 'sudo root')
  owed.release(['a', 'never noted'])
  assert.equal([owed.take(''), owed.take('sudo root'), owed.take('sudo root')], [[], ['a'], []])
})

test('are struck off by any shell where an earlier run noted them, and not once they are owed again', () => {
  const owed = new Owed()
  owed.found(['a', 'b'])
  owed.release(['a', 'b'])
  assert.equal(owed.take(''), ['a', 'b'])
  owed.noted(['b'], '')
  assert.equal(owed.take('sudo root'), ['a'])
})

test.run()
