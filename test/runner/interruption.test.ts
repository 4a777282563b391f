import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Event } from '../../engine/core/event.ts'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('an interruption')

const play = (tasks: string): string => `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.replace(/^/gm, '    ')}\n`
const firstResult = ({ kind }: Event): boolean => kind === 'result'

test('lets what is on its way end, and begins the task on no other host', async () => {
  const site = play('- name: t\n  command: "true"')
  await withLocalRun({ 'site.yml': site }, { forks: 1, interruptAt: firstResult }, ({ story, summary }) => {
    assert.equal(story, ['h1 t changed'])
    assert.equal([summary.stopped, summary.failed, summary.notReached], ['interrupted', [], ['h2', 'h3', 'h4']])
  })
})

test('ends the waiting between repetitions and in a pause', async () => {
  const until = play('- name: t\n  command: "false"\n  until: false\n  retries: 3\n  delay: 6000')
  await withLocalRun({ 'site.yml': until }, { hosts: ['h1'], interruptAt: ({ kind }) => kind === 'retry' }, ({ result }) =>
    assert.match(result('h1', 't').message ?? '', /interrupted before it was tried again/),
  )
  const pause = play('- name: w\n  pause: { seconds: 6000 }\n  when: inventory_hostname == "h2"')
  await withLocalRun({ 'site.yml': pause }, { hosts: ['h1', 'h2'], interruptAt: firstResult }, ({ result }) =>
    assert.is(result('h2', 'w').message, 'interrupted while it waited'),
  )
})

test('begins no further item of a loop', async () => {
  const site = play('- name: t\n  command: sh -c "exit 1"\n  until: false\n  retries: 1\n  delay: 0\n  loop: [1, 2, 3]')
  await withLocalRun({ 'site.yml': site }, { hosts: ['h1'], interruptAt: ({ kind }) => kind === 'retry' }, ({ result, events }) => {
    assert.match(result('h1', 't').message ?? '', /interrupted after 1 of 3 items/)
    assert.is(events.filter(({ kind }) => kind === 'retry').length, 1)
  })
})

test.run()
