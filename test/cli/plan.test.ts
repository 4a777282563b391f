import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { callHoldfast } from '../support/command.ts'
import { withProject } from '../support/keys.ts'

const test = suite('plan --explain')

const INVENTORY = 'all: { vars: { ansible_connection: local }, hosts: { h1: {}, h2: {}, h3: {} } }\n'

const EXPLAINED: { readonly [kind: string]: readonly [tasks: string, said: readonly string[]] } = {
  'a play that looks once': [
    '[{ stat: { path: /etc } }, { file: { path: /etc, state: directory } }]',
    ['2 round trips for each host, if as declared, after the handshake'],
  ],
  'a host that costs more': [
    '[{ stat: { path: /etc } }, { name: ask, command: id, when: inventory_hostname == "h2" }]',
    [
      'cut before `ask`: `command` is carried out each time (h2)',
      '2 round trips for h1, h3, if as declared, after the handshake',
      '3 round trips for h2, if as declared, after the handshake',
    ],
  ],
  'what only a host can tell': [
    '[{ stat: { path: /etc } }, { name: ask, command: id, when: facts.system == "Linux" }]',
    [
      'perhaps a cut before `ask`: `command` is carried out each time',
      'at least 2 and at most 3 round trips for each host, if as declared, after the handshake',
    ],
  ],
  'batches that hang on a fact': [
    '[{ command: id }]\n  serial: "{{ facts.processor_vcpus }}"',
    ['not known before the run: how the play begins', 'at least 0 round trips for each host, if as declared, after the handshake'],
  ],
  'what cannot be bounded': [
    '[{ name: more, include_tasks: "{{ facts.system }}.yml" }]',
    ['not known before the run: what `more` includes', 'at least 1 round trip for each host, if as declared, after the handshake'],
  ],
}

for (const [kind, [tasks, said]] of Object.entries(EXPLAINED)) {
  test(`${kind} is told in words and as data`, () =>
    withProject(async (project) => {
      await project.write('hosts.yml', INVENTORY)
      await project.write('site.yml', `- hosts: all\n  tasks: ${tasks}\n`)
      const call = (flag: string) => callHoldfast(['plan', 'site.yml', '-i', 'hosts.yml', flag], { cwd: project.folder })
      const [words, data] = [await call('--explain'), await call('--json')]
      assert.is(words.code, 0, words.err)
      assert.equal(
        words.out.trimEnd().split('\n').slice(-said.length),
        said.map((line) => `  ${line}`),
      )
      const [play] = JSON.parse(data.out).plays
      assert.equal(play.roundTrips.flatMap(({ hosts }: { hosts: readonly string[] }) => hosts).sort(), ['h1', 'h2', 'h3'])
      assert.is(play.cuts.length, said.filter((line) => line.includes('cut before')).length)
      assert.is(play.notKnown.length, said.filter((line) => line.startsWith('not known')).length)
    }))
}

const FLEET = `all: { vars: { ansible_connection: local } }
signing: { children: { cosigner: , sentry: }, vars: { chain: kvstore, signing_threshold: 3 } }
cosigner:
  hosts:
${[1, 2, 3, 4, 5].map((id) => `    c${id}: { shard_id: ${id}, private_address: 10.0.3.${id} }\n`).join('')}sentry: { hosts: { s1: { private_address: 10.0.2.1 } } }
other: { hosts: { h1: {} } }
`

test('the guards that would be asked are told for each batch, and none where nothing could change', () =>
  withProject(async (project) => {
    await project.write('hosts.yml', FLEET)
    const file = '[{ file: { path: /etc, state: directory } }]'
    await project.write(
      'site.yml',
      `- { hosts: cosigner, serial: [1, 100%], tasks: ${file} }
- { hosts: cosigner, tasks: [{ stat: { path: /etc } }, { debug: { msg: hello } }, { command: id, changed_when: false }] }
- { hosts: h1, tasks: [{ file: { path: /etc, state: directory }, delegate_to: c2 }] }
- { hosts: h1, tasks: ${file} }
`,
    )
    const call = (flag: string) => callHoldfast(['plan', 'site.yml', '-i', 'hosts.yml', flag], { cwd: project.folder })
    const [words, data] = [await call('--explain'), await call('--json')]
    assert.is(words.code, 0, words.err)
    const lock = 'lock of `kvstore`: needs 3 of its 5 hosts (c1, c2, c3, c4, c5)'
    const condition = 'at most 1 of the others is down'
    assert.equal(
      words.out.split('\n').filter((line) => /before something changes|lock of|quorum of/.test(line)),
      [
        '  before something changes in batch 1 of 2, c1:',
        `    ${lock}`,
        `    quorum of \`kvstore\`, 3 of 5: lets c1 be taken down while ${condition}`,
        '  before something changes in batch 2 of 2, 4 hosts (c2, c3, c4, …):',
        `    ${lock}`,
        `    quorum of \`kvstore\`, 3 of 5: lets c2, c3, c4, c5 be taken down, one at a time, while ${condition}`,
        '  before something changes:',
        `    ${lock}`,
        `    quorum of \`kvstore\`, 3 of 5: lets c2 be taken down while ${condition}`,
      ],
    )
    const guards = JSON.parse(data.out).plays.map(({ batches }: { batches: readonly { guards: readonly { guard: string }[] }[] }) =>
      batches.map((batch) => batch.guards.map(({ guard }) => guard).join(' ')),
    )
    assert.equal(guards, [['lock quorum', 'lock quorum'], [''], ['lock quorum'], ['']])
  }))

test.run()
