import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('any_errors_fatal')

const site = (tasks: string, keywords = ''): string =>
  `- hosts: all\n  any_errors_fatal: true\n${keywords}  tasks:\n${tasks.replace(/^/gm, '    ')}\n    - name: t\n      command: 'true'\n`

test('stops before the first task when a host cannot be met', () =>
  withLocalRun({ 'site.yml': site('[]').replace('    []\n', '') }, { hosts: ['h1', 'h2'], dark: ['h1'] }, ({ story, summary }) => {
    assert.equal(story, ['h1 first contact unreachable'])
    assert.is(summary.stopped, '1 host failed, and any failure is fatal here')
    assert.equal([summary.unreachable, summary.unfinished], [['h1'], ['h2']])
  }))

test('stops at an include that one host cannot have, before the others carry out what it holds', () =>
  withLocalRun(
    {
      'site.yml': site("- name: i\n  include_tasks: '{{ inventory_hostname }}.yml'", '  gather_facts: false\n'),
      'h2.yml': "- name: held\n  command: 'true'\n",
    },
    { hosts: ['h1', 'h2'] },
    ({ story, summary }) => {
      assert.equal(story, ['h1 i failed'])
      assert.equal([summary.failed, summary.unfinished], [['h1'], ['h2']])
    },
  ))

const HELD = "- name: held\n  command: 'true'\n  register: got\n"

test('an include with `run_once` is the first host’s alone, as in Ansible', () =>
  withLocalRun(
    { 'site.yml': site('- include_tasks: held.yml\n  run_once: true', '  gather_facts: false\n'), 'held.yml': HELD },
    { hosts: ['h1', 'h2'] },
    ({ story }) => {
      assert.is(story[0], 'h1 held changed')
      // Which of two hosts is done first with a task is not said.
      assert.equal([...story].sort(), ['h1 held changed', 'h1 t changed', 'h2 t changed'])
    },
  ))

test('an include in a block with `run_once` runs its tasks once, and all have their results', () =>
  withLocalRun(
    {
      'site.yml': site('- block:\n    - include_tasks: held.yml\n  run_once: true\n- debug: { var: got.rc }', '  gather_facts: false\n'),
      'held.yml': HELD,
    },
    { hosts: ['h1', 'h2'] },
    ({ story, said }) => {
      assert.equal(
        story.filter((line) => line.includes('held')),
        ['h1 held changed'],
      )
      assert.equal([said('h1'), said('h2')], [['got.rc: 0'], ['got.rc: 0']])
    },
  ))

test('an include with `run_once` that cannot be had ends the play for all', () =>
  withLocalRun(
    {
      'site.yml': site("- name: i\n  include_tasks: '{{ inventory_hostname }}.yml'\n  run_once: true", '  gather_facts: false\n').replace(
        'any_errors_fatal: true',
        'any_errors_fatal: false',
      ),
    },
    { hosts: ['h1', 'h2'] },
    ({ story }) => assert.equal(story, ['h1 i failed']),
  ))

test.run()
