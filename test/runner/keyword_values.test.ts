import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LocalOptions, type LocalRun, withLocalRun } from '../support/local_run.ts'

/** Keywords whose value is only known in the run: what cannot be understood must fail, never count as "none". */
const test = suite('the value of a keyword')

const play = (task: string, keywords = ''): string =>
  `- hosts: all\n  gather_facts: false\n${keywords}  vars: { word: abc }\n  tasks:\n    - name: t\n${task.replace(/^/gm, '      ')}\n`

async function ran(playbook: string, options: LocalOptions, body: (run: LocalRun) => void): Promise<void> {
  await withLocalRun({ 'site.yml': playbook }, { hosts: ['h1'], ...options }, body)
}

for (const keyword of ['retries', 'delay', 'timeout', 'throttle']) {
  test(`fails the task when \`${keyword}\` is no number`, async () => {
    const until = 'command: "false"\nuntil: false\nretries: 1\ndelay: 0\n'.replace(new RegExp(`${keyword}: .*\n`), '')
    await ran(play(`${until}${keyword}: "{{ word }}"`), {}, ({ result }) => {
      assert.is(result('h1', 't').status, 'failed')
      assert.match(result('h1', 't').message ?? '', new RegExp(`\`${keyword}\` must be a number.*site\\.yml:\\d+:\\d+`))
    })
  })
}

test('fails the task when `ignore_errors` names nobody, and says both what went wrong first and that', async () => {
  await ran(play('command: "false"\nignore_errors: "{{ nobody }}"'), {}, ({ result }) =>
    assert.match(result('h1', 't').message ?? '', /exit status 1; `nobody` is not defined/),
  )
})

test('reads `ignore_errors` as a variable from the command line spells it', async () => {
  await ran(play('command: "false"\nignore_errors: "{{ sure }}"\nvars: { sure: "yes" }'), {}, ({ result }) =>
    assert.ok(result('h1', 't').ignored),
  )
})

test('honours a failure limit that is written as a percentage', async () => {
  const boom = 'command: "false"\nwhen: inventory_hostname == "h1"'
  for (const limit of ['"30%"', '"{{ most }}"'])
    await ran(play(boom, `  max_fail_percentage: ${limit}\n`).replace('word: abc', 'most: 30%'), { hosts: ['h1', 'h2'] }, ({ summary }) =>
      assert.match(summary.stopped ?? '', /more than `max_fail_percentage: 30` allows/),
    )
})

test('stops before a play whose failure limit makes no sense', async () => {
  await ran(play('command: "true"', '  max_fail_percentage: "{{ word }}"\n'), {}, ({ summary, story }) => {
    assert.match(summary.stopped ?? '', /`max_fail_percentage` must be a number or a percentage, and here it is `abc`/)
    assert.equal([story, summary.notReached], [[], ['h1']])
  })
})

test('waits for a task whose timeout is longer than a timer can be', async () => {
  await ran(play('command: sleep 0.05\ntimeout: 2592000'), {}, ({ result }) => assert.is(result('h1', 't').status, 'changed'))
})

test('takes a limit of 0 for none, as Ansible does', async () => {
  await ran(play('command: sleep 0.1\ntimeout: 0'), {}, ({ result }) => assert.is(result('h1', 't').status, 'changed'))
  // With one at a time, each would wait for the others in vain.
  const meet = `shell: |
  touch "{{ scratch }}/{{ inventory_hostname }}.here"
  for i in $(seq 300); do [ $(ls "{{ scratch }}"/*.here | wc -l) = 2 ] && exit 0; sleep 0.1; done; exit 1
throttle: 0`
  await ran(play(meet), { hosts: ['h1', 'h2'] }, ({ summary }) => assert.equal(summary.failed, []))
})

test('fails the task when a limit is below 0', async () => {
  for (const keyword of ['timeout', 'throttle'])
    await ran(play(`command: 'true'\n${keyword}: "{{ below }}"\nvars: { below: -1 }`), {}, ({ result }) =>
      assert.match(result('h1', 't').message ?? '', new RegExp(`\`${keyword}\` must be a number, 0 or more`)),
    )
})

test('never takes an empty name or address for this machine', async () => {
  for (const name of ['""', '" "', '[a]', '{ a: b }', 'true'])
    await ran(play(`command: 'true'\ndelegate_to: "{{ name }}"\nvars: { name: ${name} }`), {}, ({ result }) =>
      assert.match(result('h1', 't').message ?? '', /`delegate_to` must name a host, and here it is/, name),
    )
  for (const address of ['', ' ', 'a b'])
    await ran(play('command: "true"'), { reached: { h1: { ansible_host: address } } }, ({ result }) =>
      assert.match(result('h1', 't').message ?? '', /`ansible_host` of `h1` is no address/, address),
    )
})

test('takes every spelling of yes for `ansible_become`, and refuses what is neither yes nor no', async () => {
  const become = (word: string) => play(`command: id -un\nvars: { ansible_become: "${word}", ansible_become_user: nobody }`)
  await ran(become('on'), {}, ({ result }) => assert.is(result('h1', 't').registered['stdout'], 'nobody'))
  await ran(become('of course'), {}, ({ result }) => assert.match(result('h1', 't').message ?? '', /must be yes or no/))
})

test('names the keyword whose value is no plain text', async () => {
  for (const keyword of ['become_user', 'become_method'])
    await ran(play(`command: id\nbecome: true\n${keyword}: "{{ list }}"\nvars: { list: [a] }`), {}, ({ result }) =>
      assert.match(result('h1', 't').message ?? '', new RegExp(`\`${keyword}\` is no plain text`)),
    )
})

test.run()
