import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LocalRun, withLocalRun } from '../support/local_run.ts'

/** Connections that end while a host is being changed: a program on the way there ends the shell it was called from. */
const test = suite('a connection lost in the middle of a change')

/** Ends the shell of the session, which is the uppermost of the shells above, and those within it. */
const CUT = `p=$PPID; all=$p
while read -r _ _ _ up _ < /proc/$p/stat; [ "$(cat /proc/$up/comm)" = sh ]; do p=$up; all="$p $all"; done
kill -9 $all`

interface Cutting {
  /** The program that cuts, and when: a condition in shell. `$0.cut` is there once it has. */
  readonly program: string
  readonly when: string
  readonly task: string
  readonly handler?: string
}

/** Runs the task, cut off by the program. Gives whether its handler is owed in the end. */
async function cutting(
  { program, when, task, handler = 'command: "true"' }: Cutting,
  body: (ran: LocalRun, log: string) => void,
): Promise<boolean> {
  const bin = mkdtempSync(join(tmpdir(), 'hf-cutting-'))
  try {
    const path = join(bin, program)
    writeFileSync(path, `#!/bin/sh\necho "$@" >> "$0.log"\nif ${when}; then touch "$0.cut"; ${CUT}; fi\n`)
    chmodSync(path, 0o755)
    const site = `- hosts: all
  gather_facts: false
  environment: { PATH: "${bin}:/usr/sbin:/usr/bin:/sbin:/bin" }
  handlers:
    - name: mend ${bin}
      ${handler}
  tasks:
    - name: change
      ${task}
      notify: mend ${bin}
`
    await withLocalRun({ 'site.yml': site.replaceAll('FLAG', `${path}.cut`) }, { hosts: ['h1'] }, (ran) =>
      body(ran, existsSync(`${path}.log`) ? readFileSync(`${path}.log`, 'utf8') : ''),
    )
    const later = `- hosts: all\n  gather_facts: false\n  handlers: [{ name: mend ${bin}, command: "true" }]\n  tasks: [{ debug: { msg: over } }]\n`
    return await withLocalRun({ 'site.yml': later }, { hosts: ['h1'] }, ({ story }) => story.some((line) => line.includes('mend')))
  } finally {
    rmSync(bin, { recursive: true })
  }
}

const ONCE = '[ ! -e "$0.cut" ]'
const AFTER_THE_CHANGE = '[ "$2" = . ]'
const BEFORE_THE_CHANGE = '[ "$2" != . ]'

test('after which all is as wanted still counts as a change, so that its handlers run', async () => {
  await cutting(
    { program: 'sync', when: `${ONCE} && ${AFTER_THE_CHANGE}`, task: 'copy: { content: x, dest: "{{ here }}/x" }' },
    ({ story }, log) => {
      assert.is(log.split('\n').filter((line) => line === '-- .').length, 1, 'it was changed once')
      assert.equal(
        story.map((line) => line.replace(/mend \S+/, 'mend')),
        ['h1 change changed', 'h1 mend changed'],
      )
    },
  )
})

test('that is lost again says that the change had begun', async () => {
  await cutting({ program: 'sync', when: BEFORE_THE_CHANGE, task: 'copy: { content: x, dest: "{{ here }}/x" }' }, ({ result }) => {
    const { status, message = '' } = result('h1', 'change')
    assert.is(status, 'unreachable')
    assert.match(message, 'the connection was lost in the middle of the change, and trying again:')
  })
})

test('leaves handlers owed though the second attempt is refused before it changes anything', async () => {
  const refused = { program: 'sync', when: 'false', task: 'copy: { content: x, dest: "{{ here }}/x", validate: "test ! -e %s" }' }
  assert.not.ok(await cutting(refused, ({ result }) => assert.match(result('h1', 'change').message ?? '', 'refused the new content')))
  const second = { ...refused, when: `${ONCE} && ${BEFORE_THE_CHANGE}`, task: refused.task.replace('! -e %s', '! -e FLAG -a -e %s') }
  assert.ok(await cutting(second, ({ result }) => assert.match(result('h1', 'change').message ?? '', 'refused the new content')))
})

test('is not made again for a verb of a handler, which may have been carried out', async () => {
  await cutting(
    {
      program: 'systemctl',
      when: '[ "$1" != show ]',
      task: 'copy: { content: x, dest: "{{ here }}/x" }',
      handler: 'systemd_service: { name: web.service, state: restarted }',
    },
    ({ events }, log) => {
      const last = events.flatMap((event) => (event.kind === 'result' ? [event.result] : [])).at(-1)
      assert.is(last?.status, 'unreachable')
      assert.match(last?.message ?? '', 'the connection was lost while it ran')
      assert.is(
        log
          .trim()
          .split('\n')
          .filter((line) => /restart/.test(line)).length,
        1,
        log,
      )
    },
  )
})

test.run()
