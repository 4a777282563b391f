import * as assert from 'uvu/assert'
import type { Result } from '../../engine/core/result.ts'
import { findModule } from '../../engine/modules/registry.ts'
import { carryOut } from '../../engine/converge/carry_out.ts'
import { Host } from '../../engine/session/host.ts'
import { connect } from '../../engine/transport/connect.ts'
import { completeParams } from '../support/apply_module.ts'
import { type TestHost, labSuite, withHost } from '../support/lab.ts'
import { NOTHING_ON_TRIAL, soon } from '../support/soon.ts'

const test = labSuite('a firewall on trial')
const PATH = '/etc/nftables.d/hf.nft'

const GOOD = `chain input {
  type filter hook input priority 0; policy drop;
  iif lo accept
  ct state established,related accept
  tcp dport 22 accept
}`
const LOCKS_OUT = GOOD.replace('dport 22', 'dport 2222')

test('rules that let the operator in are confirmed over a new connection, and kept', () =>
  withHost(async (lab) => {
    const params = { table: 'hf', rules: GOOD, path: PATH, revert_after: 20 }
    const first = await apply(lab, params)
    assert.is(first.status, 'changed', first.message)
    assert.is((await apply(lab, params)).status, 'ok')
    assert.is((await lab.run(`ls ${PATH}`)).rc, 0)
    assert.is(await lab.read("systemctl list-units --all --no-legend 'holdfast-nftables-*'"), '')
    await clean(lab)
  }))

test('rules that lock the operator out are taken back by the host itself', () =>
  withHost(async (lab) => {
    assert.is((await apply(lab, { table: 'hf', rules: GOOD, path: PATH, revert_after: 20 })).status, 'changed')
    const kept = await lab.read(`cat ${PATH}`)
    const locked = await apply(lab, { table: 'hf', rules: LOCKS_OUT, path: PATH, revert_after: 6 })
    assert.is(locked.status, 'failed')
    assert.match(locked.message ?? '', 'no new connection was possible after the change')
    await lab.read(soon(NOTHING_ON_TRIAL))
    assert.is(await lab.read(`cat ${PATH}`), kept, 'the next boot has the old rules')
    assert.is((await apply(lab, { table: 'hf', rules: GOOD, path: PATH, revert_after: 20 })).status, 'ok', 'the old rules are back')
    await clean(lab)
  }))

test.run()

async function apply(lab: TestHost, params: object): Promise<Result> {
  const module = findModule('nftables')
  if (!module) throw new Error('there is no nftables module')
  const target = {
    name: lab.name,
    address: lab.address,
    connection: 'ssh',
    port: lab.port,
    user: lab.user,
    keyFiles: [lab.keyFile],
    knownHostsFiles: [lab.knownHostsFile],
    timeoutMs: 4000,
  } as const
  const host = new Host(lab.name, () => connect(target, { home: '/nonexistent' }))
  try {
    return await carryOut(
      host,
      {
        module,
        params: completeParams(module.schema, params),
        given: { sources: {}, diff: false },
        as: { method: 'sudo', user: 'root' },
        environment: {},
        check: false,
      },
      async () => [],
    )
  } finally {
    await host.close()
  }
}

async function clean(lab: TestHost): Promise<void> {
  await lab.read(`nft delete table inet hf; rm -f ${PATH}`)
}
