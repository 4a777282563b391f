import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { type Node, plain } from '../../engine/core/node.ts'
import { parseToml } from '../../engine/source/toml.ts'
import { validateNode } from '../../engine/source/validate.ts'
import { parseYaml } from '../../engine/source/yaml.ts'
import { mutated } from './mutate.ts'
import { cost } from '../support/cost.ts'

const test = suite('mutated documents')

const SCHEMA = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['hosts'],
    properties: { hosts: { type: 'string' }, tasks: { type: 'array' } },
  },
}

const PLAYBOOK = `---
# site
- hosts: "sentry:&eu:!sentry-3"   # all but one
  vars: &defaults
    mode: 0644
    text: |
      first
       second
    folded: >-
      one
      two
    token: !secret 'abc''def'
  tasks:
    - name: "quote \\"inside\\" and {{ name }}"
      file: {path: /etc/x, mode: u=rw, list: [1, 2.5, yes, ~]}
      when: a == 'b' && c > 1
    - <<: *defaults
      ? long key
      : value
    - debug: { msg: '{{ a }}' }
`

const CONFIG = `title = "node"
[p2p]
seeds = ["a@b:1", 'c']
long = """
x = 1
"""
[[rpc.servers]]
port = 26657
since = 1979-05-27T07:32:00Z
[[rpc.servers]]
limits = { open = 0x10, rate = 1.5e3 }
`

test('1,000 mutated YAML documents each end in a value or in problems with a place', async () => {
  const ends = await endsOf({ text: PLAYBOOK, count: 1000, read: (text) => parseYaml(text, 'f') })
  assert.ok(ends.filter((end) => end === 'read').length > 100, 'some are still documents')
  assert.ok(ends.filter((end) => end === 'rejected').length > 300, 'many are not')
})

test('300 mutated TOML documents each end in a value or in problems with a place', async () => {
  const ends = await endsOf({ text: CONFIG, count: 300, read: (text) => parseToml(text, 'f') })
  assert.ok(ends.includes('read') && ends.includes('rejected'))
})

interface Given {
  readonly text: string
  readonly count: number
  readonly read: (text: string) => Node
}

/** The end of each of so many mutations, which together may not cost far more than as many of what they were made from. */
async function endsOf({ text, count, read }: Given): Promise<readonly string[]> {
  const ends: string[] = []
  const texts = mutated(text, count)
  const usual = await cost(() => texts.map(() => endOf(text, read)))
  const taken = await cost(() => texts.map((one) => ends.push(endOf(one, read))))
  assert.ok(taken < 20 * usual, `${taken} ms of processor time, where the unchanged document takes ${usual}`)
  return ends
}

/** Reads a document and checks it against a schema; anything thrown but `Rejected` fails the test. */
function endOf(text: string, read: (text: string) => Node): 'read' | 'rejected' {
  try {
    const node = read(text)
    JSON.stringify(plain(node))
    for (const { origin, message } of validateNode(node, SCHEMA, { what: 'a playbook' })) {
      assert.ok(origin && origin.line >= 1 && origin.line <= text.split('\n').length, `${message} has a line of the document`)
    }
    return 'read'
  } catch (error) {
    if (!(error instanceof Rejected)) throw new Error(`${JSON.stringify(text)} ended in ${(error as Error).stack}`)
    assert.ok(error.diagnostics.length > 0)
    for (const { origin, message } of error.diagnostics) {
      assert.ok(origin && origin.line >= 1 && origin.column >= 1, `${message} has a place`)
      assert.ok(!/undefined|\[object/.test(message), message)
    }
    return 'rejected'
  }
}

test.run()
