import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { newNodeKey, nodeId } from '../../engine/core/node_key.ts'
import { callHoldfast } from '../support/command.ts'
import { withProject } from '../support/keys.ts'

const test = suite('sealed node keys')

const [ONE, TWO] = [newNodeKey(Buffer.alloc(32, 1)), newNodeKey(Buffer.alloc(32, 2))]

test('peers follow from sealed keys, and nothing shows a key', () =>
  withKeys([ONE, TWO], async (call) => {
    const { code, out, err } = await call(['apply', 'playbooks/site.yml', '--transport', 'local', '--yes'])
    assert.is(code, 0, err)
    assert.match(err, `n1 · ${nodeId(TWO)}@10.0.0.2:26656`)
    assert.match(err, `n2 · ${nodeId(ONE)}@10.0.0.1:26656`)
    for (const key of [ONE, TWO]) assert.not.match(out + err, JSON.parse(key).priv_key.value.slice(0, 12))
  }))

test('one sealed key on two hosts is refused without a word of it', () =>
  withKeys([ONE, ONE], async (call) => {
    const { code, out, err } = await call(['validate'])
    assert.is(code, 2)
    assert.match(err, 'error[fleet-duplicate]: `n2` has the node key of `n1`')
    assert.match(err, 'inventory/host_vars/n2.yml:1:')
    assert.not.match(out + err, JSON.parse(ONE).priv_key.value.slice(0, 12))
  }))

test.run()

const HOSTS = `public:
  vars: { chain: kvstore }
  hosts:
    n1: { private_address: 10.0.0.1 }
    n2: { private_address: 10.0.0.2 }
`
const PLAYBOOK = `- hosts: public
  gather_facts: false
  tasks:
    - debug: { msg: '{{ join fleet.node.persistent_peers "," }}' }
`

type Call = (words: readonly string[]) => ReturnType<typeof callHoldfast>

async function withKeys(keys: readonly string[], use: (call: Call) => Promise<void>): Promise<void> {
  await withProject(async (project) => {
    const ana = await project.person('ana')
    await project.add(ana)
    await project.write('holdfast.yml', 'inventory: inventory\n')
    await project.write('inventory/hosts.yml', HOSTS)
    await project.write('playbooks/site.yml', PLAYBOOK)
    const call: Call = (words) => callHoldfast([...words], { cwd: project.folder, env: { HOLDFAST_KEY_FILE: ana.keyFile } })
    for (const [i, key] of keys.entries()) {
      const sealed = await callHoldfast(['secrets', 'seal', '--var', 'node_key'], { cwd: project.folder, input: key })
      await project.write(`inventory/host_vars/n${i + 1}.yml`, sealed.out)
    }
    await use(call)
  })
}
