import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Event } from '../../engine/core/event.ts'
import { type LocalOptions, type LocalRun, withLocalRun } from '../support/local_run.ts'

/** What Ansible does with whole playbooks, measured on ansible-core 2.14 and 2.19, and where we do something else on purpose. */
const test = suite('a playbook')

async function ran(playbook: string, options: LocalOptions, body: (run: LocalRun) => void): Promise<void> {
  await withLocalRun({ 'site.yml': playbook }, options, body)
}

const play = (tasks: string, keywords = ''): string =>
  `- name: P\n  hosts: all\n  gather_facts: false\n${keywords}  tasks:\n${tasks.replace(/^/gm, '    ')}\n`

const FAIL_ON_H1 = `- name: boom
  command: "false"
  when: inventory_hostname == "h1"`

test('stops at its failure limit although the failing task sits in a block with always, where Ansible rolls on', async () => {
  const tasks = `- block:
    - name: boom
      command: "false"
      when: inventory_hostname == "h1"
  always:
    - name: tidy
      debug: { msg: tidied }
- name: next
  debug: { msg: next }`
  await ran(play(tasks, '  serial: 2\n  max_fail_percentage: 0\n'), {}, ({ story, summary }) => {
    assert.equal(
      story.filter((line) => line.includes('tidy')),
      ['h1 tidy ok'],
      'only the host that failed does its always',
    )
    assert.not.ok(
      story.some((line) => line.includes('next')),
      'nobody goes on',
    )
    assert.equal([summary.unfinished, summary.notReached], [['h2'], ['h3', 'h4']])
    assert.match(summary.stopped ?? '', /1 of 2 hosts failed/)
  })
})

test('counts a host that cannot be reached like one that failed', async () => {
  const keywords = '  serial: 2\n  max_fail_percentage: 49\n'
  await ran(play('- name: ping\n  command: "true"', keywords), { dark: ['h2'] }, ({ summary }) => {
    assert.equal(summary.unreachable, ['h2'])
    assert.equal(
      summary.notReached,
      ['h1', 'h3', 'h4'].filter((host) => host !== 'h1'),
    )
    assert.match(summary.stopped ?? '', /1 of 2/)
  })
})

test('tells hosts it has begun from those it never met, the same to everyone who listens', async () => {
  const site = play('- name: ping\n  command: "true"', '  serial: 2\n  max_fail_percentage: 0\n').replace(
    'gather_facts: false',
    'gather_facts: true',
  )
  await ran(site, { dark: ['h2'] }, ({ events, summary }) => {
    const missed = { unfinished: ['h1'], notReached: ['h3', 'h4'] }
    const ends = events.flatMap((event) => (event.kind === 'stopped' || event.kind === 'recap' ? [event] : []))
    assert.equal(
      [summary, ...ends].map(({ unfinished, notReached }) => ({ unfinished, notReached })),
      [missed, missed, missed],
    )
    assert.equal(
      events.flatMap((event) => (event.kind === 'probed' ? [event.hosts] : [])),
      [1],
    )
  })
})

test('goes on at exactly the limit', async () => {
  await ran(
    play(`${FAIL_ON_H1}\n- name: next\n  debug: { msg: going }`, '  serial: 2\n  max_fail_percentage: 50\n'),
    {},
    ({ summary, said }) => {
      assert.equal(summary.failed, ['h1'])
      assert.equal([said('h2'), said('h3'), said('h4')], [['going'], ['going'], ['going']])
      assert.is(summary.stopped, undefined)
    },
  )
})

test('runs any_errors_fatal to the end of the task, then no further', async () => {
  const tasks = `- name: boom\n  command: "false"\n  changed_when: true\n  when: inventory_hostname != "h2"\n- name: next\n  debug: { msg: going }`
  await ran(play(tasks, '  any_errors_fatal: true\n'), {}, ({ summary, story }) => {
    assert.equal(summary.failed, ['h1', 'h3', 'h4'])
    assert.equal(summary.unfinished, ['h2'])
    assert.not.ok(story.some((line) => line.includes('next')))
  })
})

test('counts a rescued host as rescued, and one whose rescue fails as both', async () => {
  const tasks = `- block:
    - name: boom
      command: "false"
  rescue:
    - name: told
      debug: { msg: "{{ ansible_failed_task.name }}" }
    - name: broken mend
      command: "false"
      when: inventory_hostname == "h2"
- name: next
  debug: { msg: going }`
  await ran(play(tasks), { hosts: ['h1', 'h2'] }, ({ summary, said }) => {
    const { h1, h2 } = summary.hosts
    assert.equal([h1?.rescued, h1?.failed], [1, 0])
    assert.equal([h2?.rescued, h2?.failed], [1, 1])
    assert.equal(said('h1'), ['boom', 'going'])
    assert.equal(said('h2'), ['boom'])
    assert.equal(summary.failed, ['h2'])
  })
})

test('gives the result of run_once to every host, a skip as well', async () => {
  const tasks = `- name: once
  command: echo hi
  run_once: true
  register: once
- name: show
  debug: { msg: "{{ once.stdout }}" }
- name: never
  command: echo ho
  run_once: true
  when: inventory_hostname == "h2"
  register: never
- name: show skip
  debug: { msg: "{{ never.skipped }}" }`
  await ran(play(tasks), { hosts: ['h1', 'h2'] }, ({ said, story }) => {
    assert.equal(said('h2'), ['hi', 'true'])
    assert.equal(
      story.filter((line) => line.includes('once')),
      ['h1 once changed'],
    )
  })
})

test('runs run_once once in every batch', async () => {
  await ran(play('- name: once\n  command: echo hi\n  run_once: true', '  serial: 2\n'), {}, ({ story }) => {
    assert.equal(story, ['h1 once changed', 'h3 once changed'])
  })
})

test('registers loops in the shape of Ansible', async () => {
  const tasks = `- name: loop
  command: "sh -c 'exit {{ item }}'"
  loop: [0, 1, 0]
  ignore_errors: true
  register: r
- name: empty
  command: "true"
  loop: []
  register: e
- name: none
  command: "true"
  when: false
  loop: [1, 2]
  register: n`
  await ran(play(tasks), { hosts: ['h1'] }, ({ result, summary }) => {
    const looped = result('h1', 'loop')
    assert.is(looped.ignored, true)
    assert.is(looped.registered['msg'], 'One or more items failed')
    const items = looped.registered['results'] as { item: number; rc: number; failed: boolean; ansible_loop_var: string }[]
    assert.equal(
      items.map(({ item, rc, failed, ansible_loop_var }) => [item, rc, failed, ansible_loop_var]),
      [
        [0, 0, false, 'item'],
        [1, 1, true, 'item'],
        [0, 0, false, 'item'],
      ],
    )
    const { results, ...empty } = result('h1', 'empty').registered
    assert.equal(results, [])
    assert.is(empty['skipped_reason'], 'No items in the list')
    assert.equal([empty['changed'], empty['skipped']], [false, true])
    assert.is(result('h1', 'none').registered['msg'], 'All items skipped')
    assert.is(summary.hosts['h1']?.ignored, 1)
  })
})

test('runs until at most one time more than its retries, and counts attempts as Ansible does', async () => {
  const tasks = `- name: never
  shell: "echo x >> {{ here }}/never; false"
  until: r.rc == 0
  retries: 2
  delay: 0
  register: r
  ignore_errors: true
- name: third
  shell: "echo x >> {{ here }}/third; test $(wc -l < {{ here }}/third) = 3"
  until: t.rc == 0
  retries: 5
  delay: 0
  register: t
- name: count
  command: cat {{ here }}/never
  register: c
- name: show
  debug: { msg: "{{ length c.stdout_lines }} {{ r.attempts }} {{ t.attempts }}" }`
  await ran(play(tasks), { hosts: ['h1'] }, ({ said, events }) => {
    assert.equal(said('h1'), ['3 2 3'])
    assert.is(events.filter(({ kind }) => kind === 'retry').length, 4)
  })
})

interface Later {
  readonly path: string
  /** For `interruptAt`: the file appears at the first such event, by nobody's doing that the run knows of. Interrupts nothing. */
  readonly appearAfter: (is: (event: Event) => boolean) => (event: Event) => boolean
}

/** A file that is not there yet. */
async function withLater(body: (later: Later) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-later-'))
  const path = join(folder, 'x')
  try {
    await body({
      path,
      appearAfter: (is) => (event) => {
        if (is(event)) writeFileSync(path, '')
        return false
      },
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('looks anew each time `until` repeats a module that only looks', async () => {
  await withLater(async ({ path, appearAfter }) => {
    const tasks = `- name: there
  stat: { path: ${path} }
  register: s
  until: s.stat.exists
  retries: 3
  delay: 0`
    const interruptAt = appearAfter(({ kind }) => kind === 'retry')
    await ran(play(tasks), { hosts: ['h1'], interruptAt }, ({ result, events }) => {
      assert.is(result('h1', 'there').status, 'ok')
      assert.is(events.filter(({ kind }) => kind === 'retry').length, 1)
    })
  })
})

test('looks anew when a task asks again what an earlier one asked', async () => {
  for (const between of ['', '- pause: { seconds: 1 }\n'])
    await withLater(async ({ path, appearAfter }) => {
      const tasks = `- stat: { path: ${path} }
  register: before
${between}- stat: { path: ${path} }
  register: after
- debug: { msg: "{{ before.stat.exists }} {{ after.stat.exists }}" }`
      await ran(play(tasks), { hosts: ['h1'], interruptAt: appearAfter(({ kind }) => kind === 'result') }, ({ said }) =>
        assert.equal(said('h1'), ['false true']),
      )
    })
})

test('in check mode calls commands unknown, predicts those with creates, and runs what says check_mode: false', async () => {
  const tasks = `- name: plain
  command: touch {{ here }}/plain
- name: creates
  command: touch {{ here }}/made
  args: { creates: "{{ here }}/made" }
- name: there
  command: touch /
  args: { creates: / }
- name: forced
  command: echo really
  check_mode: false
  register: f
- name: show
  debug: { msg: "{{ f.stdout }} {{ ansible_check_mode }}" }
- name: file
  file: { path: "{{ here }}/dir", state: directory }
- name: inside
  copy: { content: x, dest: "{{ here }}/dir/x" }`
  await ran(play(tasks), { hosts: ['h1'], check: true }, ({ said, result, summary }) => {
    assert.equal([result('h1', 'plain').status, result('h1', 'plain').wouldRun], ['unknown', true])
    assert.is(result('h1', 'creates').status, 'changed')
    assert.not.ok(result('h1', 'there').status === 'changed')
    assert.equal(said('h1'), ['really true'])
    assert.is(result('h1', 'inside').status, 'changed', 'an earlier change that was only predicted is no failure')
    assert.equal(summary.failed, [])
  })
})

test('in check mode shows what hangs on a predicted change as unknown, and fails on nothing but what is really wrong', async () => {
  const tasks = `- name: early
  lineinfile: { path: "{{ here }}/app.conf", line: a }
  ignore_errors: true
- name: make
  copy: { content: x, dest: "{{ here }}/app.conf" }
- name: edit
  lineinfile: { path: "{{ here }}/app.conf", line: b }`
  await ran(play(tasks), { hosts: ['h1'], check: true }, ({ result, summary }) => {
    assert.is(result('h1', 'early').status, 'failed', 'nothing was predicted before it')
    assert.is(result('h1', 'make').status, 'changed')
    assert.is(result('h1', 'edit').status, 'unknown')
    assert.match(result('h1', 'edit').message ?? '', /app\.conf/)
    assert.equal(summary.failed, [])
  })
})

test('in check mode shows as unknown what hangs on a command that was not run, and counts no failure', async () => {
  const tasks = `- name: ask
  command: cat {{ here }}/id
  register: asked
  until: asked.stdout != ""
- name: needs it
  file: { path: "{{ here }}/{{ asked.stdout }}", state: directory }
- name: if it says so
  file: { path: "{{ here }}/x", state: directory }
  when: asked.rc == 0
- name: if it says anything
  file: { path: "{{ here }}/x", state: directory }
  when: defined(asked.stdout) || asked.rc == 0
- name: not here anyway
  file: { path: "{{ here }}/x", state: directory }
  when: [asked.rc == 0, inventory_hostname == "h9"]
- name: one of two
  file: { path: "{{ here }}/{{ ternary (eq item 'x') asked.stdout 'y' }}", state: directory }
  loop: [x, y]
- name: for each
  file: { path: "{{ here }}/{{ item }}", state: directory }
  loop: "{{ asked.stdout_lines }}"
- name: elsewhere
  file: { path: "{{ here }}/z", state: directory }
  delegate_to: "{{ asked.stdout }}"
- name: keep
  set_fact: { kept: "{{ asked.stdout }}" }
- name: sure
  assert: { that: kept == "1" }
- name: stop here
  fail: { msg: no }
  when: kept != "1"
- name: default
  debug: { msg: "{{ default kept 'none' }}" }
- name: bring
  include_tasks: "{{ kept }}.yml"
- name: brought
  file: { path: "{{ registered_in_there.path }}", state: directory }
- name: as ever
  file: { path: "{{ here }}/{{ inventory_hostname }}", state: directory }`
  await ran(play(tasks), { hosts: ['h1'], check: true }, ({ result, said, summary }) => {
    assert.equal([result('h1', 'ask').status, result('h1', 'ask').wouldRun], ['unknown', true])
    for (const name of ['needs it', 'if it says so', 'if it says anything', 'for each', 'elsewhere'])
      assert.equal([result('h1', name).status, result('h1', name).message], ['unknown', 'hangs on `asked`, not yet known'], name)
    assert.is(result('h1', 'not here anyway').status, 'skipped', 'another condition is false for certain')
    assert.is(result('h1', 'one of two').status, 'changed')
    for (const name of ['keep', 'sure', 'stop here', 'default']) assert.is(result('h1', name).status, 'skipped', name)
    assert.equal(said('h1'), [])
    assert.equal(
      [result('h1', 'bring').status, result('h1', 'brought').status, result('h1', 'as ever').status],
      ['unknown', 'unknown', 'changed'],
    )
    assert.match(result('h1', 'brought').message ?? '', /`registered_in_there`/)
    assert.equal(summary.failed, [])
    assert.is(summary.hosts['h1']?.unknown, 8)
  })
})

test('in check mode knows of a command with creates that it changes something, and nothing else', async () => {
  const tasks = `- name: make
  command: make it
  args: { creates: "{{ here }}/made" }
  register: made
- name: sure
  file: { path: "{{ here }}/x", state: directory }
  when: made.changed
- name: perhaps
  file: { path: "{{ here }}/y", state: directory }
  when: made.stdout == ""
- name: there
  command: make it
  args: { creates: / }
  register: there
- name: not needed
  file: { path: "{{ here }}/z", state: directory }
  when: there.rc != 0`
  await ran(play(tasks), { hosts: ['h1'], check: true }, ({ result }) => {
    assert.equal(
      ['make', 'sure', 'perhaps', 'there', 'not needed'].map((name) => result('h1', name).status),
      ['changed', 'changed', 'unknown', 'ok', 'skipped'],
    )
  })
})

test('in check mode believes changed_when where it says that a command never changes anything', async () => {
  const tasks = `- name: ask
  command: echo 1
  changed_when: false
  register: asked
- name: hangs
  command: echo 1
  changed_when: asked.stdout == "2"
  register: hanging
- name: always
  command: echo 1
  changed_when: true
- name: wait
  wait_for: { path: /nowhere, timeout: 1 }
- name: get
  uri: { url: http://127.0.0.1:1/ }
- name: post
  uri: { url: http://127.0.0.1:1/, method: POST }`
  await ran(play(tasks), { hosts: ['h1'], check: true }, ({ result, summary }) => {
    assert.equal(
      ['ask', 'hangs', 'always', 'wait', 'get', 'post'].map((name) => result('h1', name).status),
      ['skipped', 'unknown', 'unknown', 'skipped', 'skipped', 'unknown'],
    )
    assert.equal(summary.failed, [])
  })
})

test('in check mode believes what was read before a command that changes nothing, and not after one that may', async () => {
  const tasks = (changes: string) => `- name: run
  command: echo 1
${changes}- name: look
  stat: { path: "{{ here }}/x" }
  register: looked
- name: stop here
  fail: { msg: there is none }
  when: "!looked.stat.exists"`
  const quiet = play(tasks('  changed_when: false\n'))
  await ran(quiet, { hosts: ['h1'], check: true }, ({ result }) => assert.is(result('h1', 'stop here').status, 'failed'))
  await ran(play(tasks('')), { hosts: ['h1'], check: true }, ({ result }) => assert.is(result('h1', 'stop here').status, 'skipped'))
})

test('in check mode takes what was read of a predicted change for unknown', async () => {
  const tasks = `- name: make
  copy: { content: x, dest: "{{ here }}/made" }
  register: copied
- name: look
  stat: { path: "{{ here }}/made" }
  register: looked
- name: look elsewhere
  stat: { path: "{{ here }}/other" }
  register: other
- name: read
  slurp: { path: "{{ here }}/made" }
- name: try
  command: cat {{ here }}/made
  check_mode: false
- name: stop here
  fail: { msg: it is not there }
  when: "!looked.stat.exists"
- name: nor there
  debug: { msg: "no {{ other.stat.exists }}" }
- name: later key
  debug: { msg: "{{ copied.there_later }}" }
- name: known key
  debug: { msg: "{{ copied.changed }}" }`
  await ran(play(tasks), { hosts: ['h1'], check: true }, ({ result, said, summary }) => {
    assert.equal(
      ['make', 'look', 'read', 'try', 'stop here', 'later key'].map((name) => result('h1', name).status),
      ['changed', 'ok', 'unknown', 'unknown', 'skipped', 'skipped'],
    )
    assert.match(result('h1', 'try').message ?? '', /No such file/)
    assert.equal(said('h1'), ['no false', 'true'])
    assert.equal(summary.failed, [])
  })
})

test('in check mode knows that what is in a directory does not change with its mode', async () => {
  const tasks = `- name: mode
  file: { path: "{{ here }}", mode: "0711" }
- name: look below
  stat: { path: "{{ here }}/x" }
  register: below
- name: look
  stat: { path: "{{ here }}" }
  register: itself
- debug: { msg: "{{ below.stat.exists }}" }
- name: not this
  debug: { msg: "{{ itself.stat.mode }}" }`
  await ran(play(tasks), { hosts: ['h1'], check: true }, ({ result, said }) => {
    assert.equal([result('h1', 'mode').status, said('h1'), result('h1', 'not this').status], ['changed', ['false'], 'skipped'])
  })
})

test('in check mode says which handlers run for certain, and which only perhaps', async () => {
  const tasks = `- name: migrate
  command: echo 1
  notify: perhaps
- name: make
  copy: { content: x, dest: "{{ here }}/made" }
  notify: surely
- name: both
  command: echo 1
  notify: surely
- name: quiet
  command: echo 1
  changed_when: false
  notify: never`
  const handlers = ['perhaps', 'surely', 'never'].map(
    (name) => `    - name: ${name}\n      file: { path: "{{ here }}/${name}", state: directory }\n`,
  )
  await ran(`${play(tasks)}  handlers:\n${handlers.join('')}`, { hosts: ['h1'], check: true }, ({ result, story }) => {
    assert.equal([result('h1', 'surely').status, result('h1', 'perhaps').status], ['changed', 'unknown'])
    assert.not.ok(story.includes('h1 never'))
  })
})

test('knows no unknown in earnest: a task that only looks and its result are as in Ansible', async () => {
  const tasks = `- name: only look
  command: touch {{ here }}/x
  check_mode: true
  register: looked
- name: was it run
  debug: { msg: "{{ looked.skipped }} {{ looked.changed }}" }
- name: needs it
  debug: { msg: "{{ looked.stdout }}" }`
  await ran(play(tasks), { hosts: ['h1'] }, ({ result, said }) => {
    assert.is(result('h1', 'only look').status, 'skipped')
    assert.equal(said('h1'), ['true false'])
    assert.equal([result('h1', 'needs it').status], ['failed'])
  })
})

test('in check mode hands what is unknown of a run_once task to all hosts', async () => {
  const tasks = `- name: ask
  command: echo 1
  run_once: true
  register: asked
- name: use
  file: { path: "{{ here }}/{{ asked.stdout }}", state: directory }
- name: of another
  file: { path: "{{ here }}/{{ hostvars.h1.asked.stdout }}", state: directory }`
  await ran(play(tasks), { hosts: ['h1', 'h2'], check: true }, ({ result, summary }) => {
    for (const host of ['h1', 'h2']) for (const name of ['use', 'of another']) assert.is(result(host, name).status, 'unknown')
    assert.equal(summary.failed, [])
  })
})

test('never renders what a host said', async () => {
  const tasks = `- name: hostile
  command: printf '%s%s' '{' '{inventory_hostname}}'
  register: h
- name: shown
  debug: { msg: "got {{ h.stdout }}" }`
  await ran(play(tasks), { hosts: ['h1'] }, ({ said }) => assert.equal(said('h1'), ['got {{inventory_hostname}}']))
})

test('leaves a failed host out of later plays, and the others in', async () => {
  const two = `${play(FAIL_ON_H1)}${play('- name: later\n  debug: { msg: later }')}`
  await ran(two, { hosts: ['h1', 'h2'] }, ({ story, summary }) => {
    assert.equal(
      story.filter((line) => line.includes('later')),
      ['h2 later ok'],
    )
    assert.equal(summary.failed, ['h1'])
  })
})

test('ends the run when every host of a batch is lost', async () => {
  const two = `${play('- name: boom\n  command: "false"', '  serial: 1\n')}${play('- name: later\n  debug: { msg: later }')}`
  await ran(two, {}, ({ story, summary }) => {
    assert.equal(story, ['h1 boom failed'])
    assert.equal(summary.notReached, ['h2', 'h3', 'h4'])
  })
})

test('fails a task whose name nobody defined, on that host alone', async () => {
  const tasks =
    '- name: odd\n  debug: { msg: "{{ only_here }}" }\n  when: inventory_hostname == "h1"\n- name: next\n  debug: { msg: going }'
  await ran(play(tasks), { hosts: ['h1', 'h2'] }, ({ said, result }) => {
    assert.equal(said('h2'), ['going'])
    assert.match(result('h1', 'odd').message ?? '', /only_here.*site\.yml:\d+:\d+/)
  })
})

test('delegates to another host, with the variables of its own', async () => {
  const tasks = `- name: there
  command: echo "{{ inventory_hostname }}"
  delegate_to: h2
  when: inventory_hostname == "h1"
  register: r
- name: show
  debug: { msg: "{{ r.stdout }}" }
  when: inventory_hostname == "h1"`
  await ran(play(tasks), { hosts: ['h1', 'h2'] }, ({ said, events }) => {
    assert.equal(said('h1'), ['h1'])
    assert.ok(events.some((event) => event.kind === 'result' && event.delegate === 'h2' && event.host === 'h1'))
  })
})

test('lets tasks that several hosts delegate to one have their turns, so that none undoes another', async () => {
  const tasks = `- name: line
  lineinfile: { path: "{{ scratch }}/shared", line: "{{ inventory_hostname }}", create: true }
  delegate_to: h1
- name: read
  command: sort {{ scratch }}/shared
  run_once: true
  register: r
- name: show
  debug: { msg: "{{ join r.stdout_lines ' ' }}" }
  run_once: true`
  await ran(play(tasks), {}, ({ said }) => assert.equal(said('h1'), ['h1 h2 h3 h4']))
})

test('ends a host, a batch or a play where meta says so', async () => {
  const tasks = `- meta: end_host
  when: inventory_hostname == "h1"
- name: one
  debug: { msg: one }
- meta: end_batch
  when: inventory_hostname == "h2"
- name: two
  debug: { msg: two }
- meta: end_play
  when: inventory_hostname == "h3"`
  await ran(play(tasks, '  serial: [2, 1, 1]\n'), {}, ({ said, summary }) => {
    assert.equal([said('h1'), said('h2'), said('h3'), said('h4')], [[], ['one'], ['one', 'two'], []])
    assert.equal(summary.failed, [])
  })
})

test.run()
