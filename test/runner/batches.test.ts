import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LocalOptions, type LocalRun, withLocalRun } from '../support/local_run.ts'

const test = suite('batches in a run')

const play = (tasks: string, keywords = ''): string =>
  `- hosts: all\n  gather_facts: false\n${keywords}  tasks:\n${tasks.replace(/^/gm, '    ')}\n`

const failsOn = (...hosts: readonly string[]): string =>
  `- name: boom\n  command: "false"\n  when: inventory_hostname in ${JSON.stringify(hosts).replaceAll('"', "'")}\n`
const NEXT = '- name: next\n  debug: { msg: next }\n'

async function ran(site: string, options: LocalOptions, body: (run: LocalRun) => void): Promise<void> {
  await withLocalRun({ 'site.yml': site }, options, body)
}

test('count failures anew in each batch', async () => {
  const keywords = '  serial: 2\n  max_fail_percentage: 50\n'
  await ran(play(`${failsOn('h1', 'h3')}${NEXT}`, keywords), {}, ({ said, summary }) => {
    assert.equal([said('h2'), said('h4')], [['next'], ['next']])
    assert.equal(summary.failed, ['h1', 'h3'])
    assert.is(summary.stopped, undefined)
  })
})

test('go on to the next one when some of their hosts failed, and to no later play when all did', async () => {
  const later = play('- name: later\n  debug: { msg: later }\n')
  await ran(`${play(failsOn('h1'), '  serial: 2\n')}${later}`, {}, ({ said }) =>
    assert.equal([said('h1'), said('h2'), said('h4')], [[], ['later'], ['later']]),
  )
  await ran(`${play(failsOn('h1', 'h2'), '  serial: 2\n')}${later}`, {}, ({ said, summary }) => {
    assert.equal([said('h3'), said('h4')], [[], []])
    assert.equal(summary.notReached, ['h3', 'h4'])
  })
})

test('run every section and its handlers before the next one begins', async () => {
  const site = `- hosts: all
  gather_facts: false
  serial: 1
  pre_tasks: [{ name: before, debug: { msg: before } }]
  tasks: [{ name: change, debug: { msg: change }, changed_when: true, notify: tidy }]
  post_tasks: [{ name: after, debug: { msg: after } }]
  handlers: [{ name: tidy, debug: { msg: tidy } }]
`
  await ran(site, { hosts: ['h1', 'h2'] }, ({ events }) => {
    const said = events.flatMap((event) => (event.kind === 'message' ? [`${event.host} ${event.text}`] : []))
    // What `h1` owed is known to `h2`, too, which is the same machine; so only the order of `h1` is exact.
    assert.equal(said.slice(0, 4), ['h1 before', 'h1 change', 'h1 tidy', 'h1 after'])
    assert.ok(said.slice(4).every((line) => line.startsWith('h2')))
    assert.is(said.at(-1), 'h2 after')
  })
})

test('lose all their hosts to a task that fails once for all, and only where it ran does that count as failed', async () => {
  const tasks = `- name: once\n  command: "false"\n  run_once: true\n${NEXT}`
  await ran(play(tasks), { hosts: ['h1', 'h2'] }, ({ said, summary }) => {
    assert.equal([said('h1'), said('h2')], [[], []])
    assert.equal([summary.hosts['h1']?.failed, summary.hosts['h2']?.failed ?? 0], [1, 0])
  })
  await ran(play(tasks.replace('run_once: true', 'run_once: true\n  ignore_errors: true')), { hosts: ['h1', 'h2'] }, ({ said }) =>
    assert.equal([said('h1'), said('h2')], [['next'], ['next']]),
  )
})

test.run()
