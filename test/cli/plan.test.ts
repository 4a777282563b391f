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

test.run()
