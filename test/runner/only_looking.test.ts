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

test.run()
