import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LocalOptions, type LocalRun, withLocalRun } from '../support/local_run.ts'

const test = suite('a run that only looks')

const play = (tasks: string, keywords = ''): string =>
  `- hosts: all\n  gather_facts: false\n${keywords}  tasks:\n${tasks.replace(/^/gm, '    ')}\n`

const looked = (site: string, options: LocalOptions, body: (run: LocalRun) => void): Promise<void> =>
  withLocalRun({ 'site.yml': site }, { check: true, everyHost: true, ...options }, body)

test('contacts a host even if nothing of its tasks is looked at', () =>
  looked(play('- command: "true"'), { hosts: ['h1', 'h2'], dark: ['h2'] }, ({ summary, trips, story }) => {
    assert.equal(summary.unreachable, ['h2'])
    assert.ok(story.includes('h2 first contact unreachable'), story.join('\n'))
    assert.is(trips['h1'], 1)
  }))

test('greets no host again that it has met', () =>
  looked(
    `${play('- copy: { dest: /dev/null/x, content: x }\n  check_mode: true\n  ignore_errors: true')}${play('- command: "true"')}`,
    { hosts: ['h1'] },
    ({ summary, trips }) => assert.equal([summary.hosts['h1']?.ok, trips['h1']], [2, 2]),
  ))

test('looks at every host, whatever limit the others have passed', async () => {
  const reached = (keywords: string) =>
    looked(play('- command: "true"', keywords), { dark: ['h1', 'h3'] }, ({ summary }) => {
      assert.equal([summary.unreachable, summary.notReached, summary.stopped], [['h1', 'h3'], [], undefined], keywords)
      assert.equal([summary.hosts['h2']?.unknown, summary.hosts['h4']?.unknown], [1, 1], keywords)
    })
  await reached('  serial: 1\n')
  await reached('  max_fail_percentage: 0\n')
  await reached('  any_errors_fatal: true\n')
  await reached('  serial: 2\n  max_fail_percentage: 10\n')
})

test('says where an apply would stop, unless it is to tell about every host', async () => {
  const site = play('- command: "true"', '  serial: 1\n')
  const warned = (everyHost: boolean) =>
    looked(`${site.replace('gather_facts: false', 'gather_facts: true')}`, { hosts: ['h1', 'h2'], dark: ['h1'], everyHost }, ({ events }) =>
      assert.equal(
        events.flatMap((event) => (event.kind === 'warning' ? [event.diagnostic.message] : [])),
        everyHost ? [] : ['an apply would stop after batch 1 of 2: the only host of the batch failed'],
      ),
    )
  await warned(true)
  await warned(false)
})

test('does not take for true after a reboot what is read before it', () => {
  const tasks = (first: string): string => `${first}
- name: look
  stat: { path: /proc/version }
  register: found
- name: use
  copy: { content: "{{ found.stat.exists }}", dest: "{{ here }}/found" }`
  const used = (first: string, status: string) =>
    looked(play(tasks(first)), { hosts: ['h1'] }, ({ result }) => assert.is(result('h1', 'use').status, status))
  return used('- debug: { msg: no reboot }', 'changed').then(() => used('- reboot:', 'unknown'))
})

test.run()
