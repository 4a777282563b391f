import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LocalOptions, type LocalRun, withLocalRun } from '../support/local_run.ts'

/** What is owed lies outside the scratch folder, so each run has handlers of its own: `#` in their names stands for a word of that run. */
const test = suite('handlers in a run')

const play = (tasks: string, keywords = ''): string =>
  `- hosts: all\n  gather_facts: false\n${keywords}  tasks:\n${tasks.replace(/^/gm, '    ')}\n  handlers:\n${HANDLERS.replace(/^/gm, '    ')}\n`

const HANDLERS = `- name: first#
  command: "true"
  listen: topic#
- name: second#
  command: "true"
  notify: third#
- name: third#
  command: "true"
- name: breaks#
  command: "false"
- name: last#
  command: "true"`

const change = (name: string, notify: string): string => `- name: ${name}\n  command: "true"\n  notify: [${notify}]\n`
const BOOM = '- name: boom\n  command: "false"\n  when: inventory_hostname == "h1"\n'

type Told = Pick<LocalRun, 'story' | 'summary'>

async function ran(site: string, options: LocalOptions, body: (run: Told) => void): Promise<void> {
  const word = randomBytes(4).toString('hex')
  const files = (text: string) => ({ 'site.yml': text.replaceAll('#', word) })
  try {
    await withLocalRun(files(site), { hosts: ['h1'], ...options }, ({ story, summary }) =>
      body({ story: story.map((line) => line.replaceAll(word, '')).filter((line) => !line.includes('meta')), summary }),
    )
  } finally {
    await withLocalRun(files(play('- debug: { msg: quiet }').replaceAll('"false"', '"true"')), { hosts: ['h1'] }, () => undefined)
  }
}

test('run in the order of their definition, once each, those that they notify themselves in the same go', async () => {
  const tasks = `${change('a', 'second#, first#')}${change('b', 'topic#, second#')}- meta: flush_handlers\n- name: after\n  command: "true"\n`
  await ran(play(tasks), {}, ({ story }) =>
    assert.equal(story, ['h1 a changed', 'h1 b changed', 'h1 first changed', 'h1 second changed', 'h1 third changed', 'h1 after changed']),
  )
})

test('are not run when nothing changed', async () => {
  const tasks = '- name: a\n  command: "true"\n  changed_when: false\n  notify: first#\n'
  await ran(play(tasks), {}, ({ story }) => assert.equal(story, ['h1 a ok']))
})

test('wait for the next run on a host that failed, and run on the others', async () => {
  await ran(play(`${change('a', 'first#')}${BOOM}`), { hosts: ['h1', 'h2'] }, ({ story }) =>
    assert.equal(
      story.filter((line) => line.includes('first')),
      ['h2 first changed'],
    ),
  )
})

test('run on a failed host, too, when forced by flag or keyword, and the keyword wins over the flag', async () => {
  const site = (keywords: string) => play(`${change('a', 'first#')}${BOOM}`, keywords)
  const rows: readonly (readonly [keywords: string, forceHandlers: boolean, runs: boolean])[] = [
    ['', true, true],
    ['  force_handlers: true\n', false, true],
    ['  force_handlers: false\n', true, false],
  ]
  for (const [keywords, forceHandlers, runs] of rows) {
    await ran(site(keywords), { forceHandlers }, ({ story, summary }) => {
      assert.is(story.includes('h1 first changed'), runs, `${keywords} ${forceHandlers}`)
      assert.equal(summary.failed, ['h1'])
    })
  }
})

test('end with the first that fails, forced or not', async () => {
  for (const forceHandlers of [false, true]) {
    await ran(play(change('a', 'last#, breaks#')), { forceHandlers }, ({ story, summary }) => {
      assert.equal(story, ['h1 a changed', 'h1 breaks failed'])
      assert.equal(summary.failed, ['h1'])
    })
  }
})

test('run whatever tags were asked for, once notified', async () => {
  const tasks = '- name: a\n  command: "true"\n  notify: first#\n  tags: x\n- name: b\n  command: "true"\n'
  await ran(play(tasks), { tags: ['x'] }, ({ story }) => assert.equal(story, ['h1 a changed', 'h1 first changed']))
})

test.run()
