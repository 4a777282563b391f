import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { plain } from '../../engine/core/node.ts'
import { placeInFile } from '../../engine/playbook/place.ts'
import { force } from '../../engine/playbook/term.ts'
import { readDocument } from '../../engine/source/read.ts'
import { scopeOf } from '../support/documents.ts'

const test = suite('variables of the role cosmos_node')

const ROLE = plain(readDocument(fileURLToPath(new URL('../../../roles/cosmos_node/vars/main.yml', import.meta.url)))) as {
  readonly [name: string]: Json
}

/** What the role makes of a variable of its own where these are given. */
function worked(name: string, vars: { readonly [name: string]: Json }): unknown {
  const template = String(ROLE[name])
  return force(scopeOf(vars).readText(template, placeInFile('main.yml', template)))
}

test('a node is asked on its own host, where its RPC is', () => {
  for (const [laddr, at] of [
    ['tcp://127.0.0.1:26657', '127.0.0.1:26657'],
    ['tcp://10.0.0.7:26657', '10.0.0.7:26657'],
    ['tcp://[fd00::7]:26657', '[fd00::7]:26657'],
    ['tcp://localhost:1', 'localhost:1'],
    ['tcp://0.0.0.0:1', '127.0.0.1:1'],
    ['tcp://[::]:1', '127.0.0.1:1'],
    ['tcp://[0:0::0]:1', '127.0.0.1:1'],
    ['tcp://:1', '127.0.0.1:1'],
    ['0.0.0.0:1', '127.0.0.1:1'],
  ] as const) {
    const vars = { cosmos_node_config_wanted: { rpc: { laddr } } }
    assert.is(worked('cosmos_node_rpc_at', vars), at, laddr)
  }
  // Also where `client.toml` sends people elsewhere.
  const vars = { cosmos_node_rpc_at: '10.0.0.7:1', cosmos_node_client_wanted: { node: 'tcp://other:1' }, fleet: { ports: { rpc: 2 } } }
  assert.is(worked('cosmos_node_answers_at', vars), '10.0.0.7:1 127.0.0.1:2')
})

test('how old the newest block may be is told in whole seconds, rounded up', () => {
  for (const [seconds, age] of [
    [1, 60],
    [6, 60],
    [6.35, 64],
    [6.4, 64],
    [12, 120],
  ] as const)
    assert.is(worked('cosmos_node_block_age', { cosmos_node_block_time: seconds }), age, String(seconds))
})

test.run()
