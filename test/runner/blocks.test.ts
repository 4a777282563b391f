import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LocalOptions, type LocalRun, withLocalRun } from '../support/local_run.ts'

const test = suite('blocks in a run')

const play = (tasks: string, keywords = ''): string =>
  `- hosts: all\n  gather_facts: false\n${keywords}  tasks:\n${tasks.replace(/^/gm, '    ')}\n`

const say = (name: string): string => `- name: ${name}\n  debug: { msg: ${name} }`
const fail = (name: string, when = 'true'): string => `- name: ${name}\n  command: "false"\n  when: ${when}`
const inside = (text: string): string => text.replace(/^/gm, '    ')

async function ran(site: string, options: LocalOptions, body: (run: LocalRun) => void): Promise<void> {
  await withLocalRun({ 'site.yml': site }, options, body)
}

test('do always to its own first failure, whatever became of rescue', async () => {
  const tasks = `- block:
${inside(fail('boom'))}
  rescue:
${inside(fail('mend', 'inventory_hostname == "h2"'))}
  always:
${inside(say('tidy'))}
${inside(fail('sweep', 'inventory_hostname == "h1"'))}
${inside(say('shine'))}
${say('next')}`
  await ran(play(tasks), { hosts: ['h1', 'h2', 'h3'] }, ({ said, summary }) => {
    assert.equal([said('h1'), said('h2'), said('h3')], [['tidy'], ['tidy', 'shine'], ['tidy', 'shine', 'next']])
    const counts = ['h1', 'h2', 'h3'].map((host) => [summary.hosts[host]?.rescued, summary.hosts[host]?.failed])
    assert.equal(counts, [
      [1, 1],
      [1, 1],
      [1, 0],
    ])
    assert.equal(summary.failed, ['h1', 'h2'])
  })
})

test('neither rescue nor tidy up on a host that cannot be reached', async () => {
  const tasks = `- block:\n${inside(say('try'))}\n  rescue:\n${inside(say('mend'))}\n  always:\n${inside(say('tidy'))}`
  const site = play(tasks.replace('debug: { msg: try }', 'command: "true"'))
  await ran(site, { hosts: ['h1', 'h2'], dark: ['h2'] }, ({ said, summary }) => {
    assert.equal([said('h1'), said('h2')], [['tidy'], []])
    assert.equal(summary.unreachable, ['h2'])
  })
})

test('are not rescued from a failure that is ignored', async () => {
  const tasks = `- block:\n${inside(fail('boom'))}\n      ignore_errors: true\n${inside(say('more'))}\n  rescue:\n${inside(say('mend'))}`
  await ran(play(tasks), { hosts: ['h1'] }, ({ said, summary }) => {
    assert.equal(said('h1'), ['more'])
    const { ok, failed, ignored, rescued } = summary.hosts['h1'] ?? {}
    assert.equal([ok, failed, ignored, rescued], [2, 0, 1, 0])
  })
})

test('let no host that would be rescued count towards a limit', async () => {
  const tasks = `- block:\n${inside(fail('boom', 'inventory_hostname == "h1"'))}\n  rescue:\n${inside(say('mend'))}\n${say('next')}`
  for (const keywords of ['  max_fail_percentage: 0\n', '  any_errors_fatal: true\n']) {
    await ran(play(tasks, keywords), { hosts: ['h1', 'h2'] }, ({ said, summary }) => {
      assert.equal([said('h1'), said('h2')], [['mend', 'next'], ['next']], keywords)
      assert.is(summary.stopped, undefined)
    })
  }
})

test('stop all others after always where any_errors_fatal is set, and begin no later play', async () => {
  const tasks = `- block:\n${inside(fail('boom', 'inventory_hostname == "h1"'))}\n  always:\n${inside(say('tidy'))}\n${say('next')}`
  const site = `${play(tasks, '  any_errors_fatal: true\n')}${play(say('later'))}`
  await ran(site, { hosts: ['h1', 'h2'] }, ({ said, summary }) => {
    assert.equal(said('h1'), ['tidy'])
    assert.not.ok([...said('h1'), ...said('h2')].some((text) => text === 'next' || text === 'later'))
    assert.equal(summary.failed, ['h1'])
  })
})

test.run()
