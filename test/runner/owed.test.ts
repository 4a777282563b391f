import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { markOf } from '../../engine/session/notes.ts'
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
      assert.equal(story, ['h1 debug ok', `h1 ${handler} changed`]),
    )
  }
  assert.ok(await owes(handler))
})

test('are no matter of a play that only looks, whatever the call', async () => {
  const handler = name()
  await run({ handler, tasks: `${notifying(handler)}${BOOM}` }, {}, () => undefined)
  for (const check of [false, true]) {
    const looks = { handler, tasks: '- debug: { msg: quiet }', keywords: '  check_mode: true\n' }
    await run(looks, { check }, ({ story }) => assert.equal(story, ['h1 debug ok']))
  }
  assert.ok(await owes(handler))
})

const QUIET = (task: string): string => `- name: ${task}\n  debug: { msg: quiet }\n`
const FLUSH = '- meta: flush_handlers\n'
const hears = (task: string, handler: string): string => `- name: ${task}\n  command: "true"\n  changed_when: false\n  notify: ${handler}\n`

/** What a host that owes the handler, because of the task `change`, does in the next run of these tasks. */
async function next(tasks: (handler: string) => string, options: LocalOptions = {}, keywords = ''): Promise<readonly string[]> {
  const handler = name()
  await run({ handler, tasks: `${notifying(handler)}${BOOM}` }, options.hosts ? { hosts: options.hosts } : {}, () => undefined)
  const told = await run({ handler, tasks: tasks(handler), keywords }, options, ({ story }) =>
    story.filter((line) => !line.includes('meta')).map((line) => line.replace(handler, 'mend')),
  )
  await run({ handler, tasks: '- debug: { msg: quiet }' }, options.hosts ? { hosts: options.hosts } : {}, () => undefined)
  return told
}

test('run where they would have run, had the task that notified them then notified them now', async () => {
  const rows: readonly (readonly [tasks: (handler: string) => string, story: string])[] = [
    [(h) => `${QUIET('a')}${hears('change', h)}${QUIET('b')}`, 'a ok, change ok, b ok, mend changed'],
    [(h) => `${hears('change', h)}${FLUSH}${QUIET('b')}`, 'change ok, mend changed, b ok'],
    [(h) => `${hears('other', h)}${FLUSH}${hears('change', h)}${QUIET('b')}`, 'other ok, change ok, b ok, mend changed'],
    [(h) => `${hears('other', h)}${FLUSH}${QUIET('b')}`, 'other ok, b ok, mend changed'],
    [
      (h) => `- block:\n    ${hears('change', h).trim().replaceAll('\n', '\n    ')}\n  when: false\n${FLUSH}${QUIET('b')}`,
      'change skipped, mend changed, b ok',
    ],
  ]
  for (const [tasks, story] of rows) assert.is((await next(tasks)).join(', ').replaceAll('h1 ', ''), story)
})

test('run once, also where tasks before or behind their place notify them again', async () => {
  const again = (task: string, h: string): string => notifying(h).replace('change', task)
  assert.equal(await next((h) => `${hears('change', h)}${again('again', h)}`), ['h1 change ok', 'h1 again changed', 'h1 mend changed'])
  const before = (h: string): string => `${again('again', h)}${FLUSH}${hears('change', h)}`
  assert.equal(await next(before), ['h1 again changed', 'h1 mend changed', 'h1 change ok'])
})

test('wait on a host for which a flush has a condition that is false', async () => {
  const hosts = ['h1', 'h2']
  const tasks = (h: string): string => `${hears('change', h)}- meta: flush_handlers\n  when: inventory_hostname == "h1"\n${QUIET('b')}`
  const story = await next(tasks, { hosts })
  const of = (host: string): readonly string[] => story.filter((line) => line.startsWith(host))
  assert.equal(
    [of('h1'), of('h2')],
    [
      ['h1 change ok', 'h1 mend changed', 'h1 b ok'],
      ['h2 change ok', 'h2 b ok', 'h2 mend changed'],
    ],
  )
})

test('are not forced by a failure before their place, and are by one behind it', async () => {
  const forced = '  force_handlers: true\n'
  assert.equal(await next((h) => `${BOOM}${hears('change', h)}`, {}, forced), ['h1 boom failed'])
  assert.equal(await next((h) => `${hears('change', h)}${BOOM}`, {}, forced), ['h1 change ok', 'h1 boom failed', 'h1 mend changed'])
})

test('are still owed if the next run breaks before their place, or there', async () => {
  const handler = name()
  await run({ handler, tasks: `${notifying(handler)}${BOOM}` }, {}, () => undefined)
  await run({ handler, tasks: `${BOOM}${notifying(handler)}` }, {}, ({ story }) => assert.equal(story, ['h1 boom failed']))
  await run({ handler, handling: 'command: "false"', tasks: hears('change', handler) }, {}, ({ story }) =>
    assert.equal(story, ['h1 change ok', `h1 ${handler} failed`]),
  )
  await withLocalRun({ 'site.yml': '- hosts: all\n  tasks:\n    - debug: { msg: other }\n' }, { hosts: ['h1'] }, () => undefined)
  assert.ok(await owes(handler))
  assert.not.ok(await owes(handler))
})

test('run in one play, where two of a run have them', async () => {
  for (const check of [true, false]) {
    const handler = name()
    await run({ handler, tasks: `${notifying(handler)}${BOOM}` }, {}, () => undefined)
    const plays = site({ handler, tasks: '- debug: { msg: quiet }' }).repeat(2)
    await withLocalRun({ 'site.yml': plays }, { hosts: ['h1'], check }, ({ story }) =>
      assert.equal(story, ['h1 debug ok', `h1 ${handler} ${check ? 'unknown' : 'changed'}`, 'h1 debug ok']),
    )
    assert.is(await owes(handler), check)
  }
})

test('come behind the task of an included role that notified them', async () => {
  const handler = name()
  const files = (tasks: string) => ({
    'site.yml': '- hosts: all\n  gather_facts: false\n  tasks:\n    - include_role: { name: web }\n    - debug: { msg: last }\n',
    'roles/web/tasks/main.yml': tasks,
    'roles/web/handlers/main.yml': `- name: ${handler}\n  command: "true"\n`,
  })
  await withLocalRun(files(`${notifying(handler)}${BOOM}`), { hosts: ['h1'] }, () => undefined)
  const tasks = `${FLUSH}${QUIET('unit')}${hears('change', handler)}${FLUSH}${QUIET('after')}`
  await withLocalRun(files(tasks), { hosts: ['h1'] }, ({ story }) =>
    assert.equal(
      story.filter((line) => !line.includes('meta')),
      ['h1 web : unit ok', 'h1 web : change ok', `h1 web : ${handler} changed`, 'h1 web : after ok', 'h1 debug ok'],
    ),
  )
})

test('of handlers come behind the task that notifies those', async () => {
  const [first, second] = [name(), name()]
  const plays = (tasks: string, second_: string): string =>
    `- hosts: all\n  gather_facts: false\n  handlers:\n    - { name: ${first}, command: "true", notify: ${second} }\n    - { name: ${second}, command: "${second_}" }\n  tasks:\n${tasks.replace(/^/gm, '    ')}\n`
  await withLocalRun({ 'site.yml': plays(notifying(first), 'false') }, { hosts: ['h1'] }, ({ summary }) =>
    assert.equal(summary.failed, ['h1']),
  )
  const tasks = `${FLUSH}${QUIET('a')}${hears('change', first)}${FLUSH}${QUIET('b')}`
  await withLocalRun({ 'site.yml': plays(tasks, 'true') }, { hosts: ['h1'] }, ({ story }) =>
    assert.equal(
      story.filter((line) => !line.includes('meta')),
      ['h1 a ok', 'h1 change ok', `h1 ${second} changed`, 'h1 b ok'],
    ),
  )
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

const refusing = (dest: string): string => `copy: { content: x, dest: "{{ here }}/${dest}", validate: "false %s" }`

test('are not owed for a file that was refused before it took its place', async () => {
  const handler = name()
  const tasks = `- name: change\n  ${refusing('x')}\n  notify: ${handler}`
  await run({ handler, tasks }, {}, ({ summary }) => assert.equal(summary.failed, ['h1']))
  assert.not.ok(await owes(handler))
})

test('survive a refused file where another item, another part or another task has changed something', async () => {
  const items = 'copy: { content: "{{ item }}", dest: "{{ here }}/{{ item }}", validate: "grep -q a %s" }\n  loop: [a, b]'
  const parts = 'copy: { src: parts, dest: "{{ here }}/to/", validate: "false %s" }'
  for (const [before, change] of [
    [() => '', items],
    [() => '', parts],
    [notifying, refusing('y')],
  ] as const) {
    const handler = name()
    const tasks = `${before(handler)}- name: change\n  ${change}\n  notify: ${handler}`
    await withLocalRun({ 'site.yml': site({ handler, tasks }), 'files/parts/f': 'x' }, { hosts: ['h1'] }, ({ summary }) =>
      assert.equal(summary.failed, ['h1']),
    )
    assert.ok(await owes(handler), change)
  }
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

test('are still owed by a run that was cut short while another one on the host ran and settled them', async () => {
  const gates = await mkdtemp(join(tmpdir(), 'hf-gates-'))
  try {
    const handler = name()
    const open = (gate: string): string => `- command: touch ${gates}/${gate}\n  changed_when: false\n`
    const wait = (gate: string): string => `- wait_for: { path: ${gates}/${gate}, timeout: 60 }\n`
    const cutShort = `${wait('met')}${notifying(handler)}${open('changed')}${wait('settled')}${BOOM}`
    const whole = `${open('met')}${wait('changed')}${notifying(handler)}- meta: flush_handlers\n- meta: reset_connection\n- command: "true"\n${open('settled')}`
    await Promise.all([
      run({ handler, tasks: cutShort }, {}, ({ summary }) => assert.equal(summary.failed, ['h1'])),
      run({ handler, tasks: whole }, {}, ({ story }) => assert.ok(story.includes(`h1 ${handler} changed`))),
    ])
    assert.ok(await owes(handler))
    assert.not.ok(await owes(handler))
  } finally {
    await rm(gates, { recursive: true })
  }
})

const notice = (...handlers: readonly string[]) => ({ handlers, by: 'a task' })
const found = (files: { readonly [handler: string]: readonly string[] }, by = markOf('a task')) =>
  new Map(Object.entries(files).map(([handler, names]) => [handler, names.map((file) => ({ file, by }))]))

test('are struck off by the shell that noted them, whichever is asked first', () => {
  const owed = new Owed()
  const { files } = owed.noted(notice('a'), 'sudo root')
  owed.release(['a', 'never noted'])
  assert.equal([owed.take(''), owed.take('sudo root'), owed.take('sudo root')], [[], files, []])
})

test('are struck off by every shell where an earlier run noted them', () => {
  const owed = new Owed()
  assert.equal(owed.found(found({ a: ['a.1'], b: ['b.1', 'b.2'] })), ['a', 'b'])
  owed.release(['a', 'b'])
  for (const shell of ['', 'sudo root']) assert.equal([owed.take(shell), owed.take(shell)], [['a.1', 'b.1', 'b.2'], []])
})

test('are struck off note by note: one written or found since stays', () => {
  const owed = new Owed()
  owed.found(found({ a: ['a.1'] }))
  owed.release(['a'])
  const { files } = owed.noted(notice('a'), '')
  assert.equal([owed.take(''), owed.has('a')], [['a.1'], true])
  assert.equal(owed.found(found({ a: ['a.1'] })), [], 'what was settled is not owed again')
  assert.equal(owed.found(found({ a: ['a.1', 'a.2'] })), ['a'])
  owed.release(['a'])
  assert.equal(owed.take(''), [...files, 'a.2'])
})

test('are noted in a new place each time, and the older notes of the same task go', () => {
  const owed = new Owed()
  owed.found(new Map([...found({ a: ['a.1'] }), ...found({ b: ['b.1'] }, markOf('another'))]))
  const first = owed.noted(notice('a', 'b'), '')
  const second = owed.noted(notice('a', 'b'), '')
  assert.equal([first.instead, second.instead], [['a.1'], ['a.1', ...first.files]])
  assert.is(new Set([...first.files, ...second.files]).size, 4)
  assert.equal(owed.noted(notice('a'), 'sudo root').instead, ['a.1'], 'what another shell wrote it may not be able to take away')
})

test.run()
