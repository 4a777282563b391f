import { posix } from 'node:path'
import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import type { Module, StateModule } from '../../engine/core/module.ts'
import type { ObjectSchema } from '../../engine/core/params.ts'
import { nftables } from '../../engine/modules/nftables.ts'
import { type Applied, completeParams, runScript } from '../support/apply_module.ts'
import { applyOn, assertFails, assertHolds, assertMakesSo, shellOf } from '../support/host_round.ts'
import { type TestHost, labSuite, withHost } from '../support/lab.ts'
import { NOTHING_ON_TRIAL, soon } from '../support/soon.ts'

const test = labSuite('nftables')
const PATH = '/etc/nftables.d/hf.nft'

const RULES = `
  counter c_drop { }
  set ban4 { type ipv4_addr; flags dynamic,timeout; timeout 10m; size 128; }
  set mgmt4 { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/24, 192.0.2.10 } }
  chain input {
    type filter hook input priority filter; policy accept;
    iif lo accept
    ct state vmap { invalid : drop, established : accept, related : accept }
    ip saddr @ban4 counter name c_drop drop
    meta skuid "root" counter accept
    tcp dport 22 accept comment "ssh"
    limit rate 5/second log prefix "in-drop "
  }
`

test('a table comes, is compared as nft prints it, and is repaired', () =>
  withHost(async (host) => {
    const params = { table: 'hf', rules: RULES, path: PATH, revert_after: 0 }
    await host.read('nft add table inet other; nft add chain inet other keep')
    await assertMakesSo(host, nftables, params)
    await host.read("nft add element inet hf ban4 '{ 198.51.100.7 timeout 5m }'; ping -c1 127.0.0.1 >/dev/null 2>&1 || true")
    await assertHolds(host, nftables, params)
    const drifts = [
      'nft add rule inet hf input drop',
      'nft flush chain inet hf input',
      'nft delete table inet hf',
      `echo >>${PATH}`,
      `rm ${PATH}`,
      `chmod 0666 ${PATH}`,
      `chown nobody ${PATH}`,
      `chgrp nogroup ${PATH}`,
      `chmod g+s ${posix.dirname(PATH)}; chgrp nogroup ${posix.dirname(PATH)} ${PATH}`,
      "nft delete element inet hf mgmt4 '{ 192.0.2.10 }'",
    ]
    for (const drift of drifts) {
      await host.read(drift)
      await assertMakesSo(host, nftables, params)
    }
    assert.is(await host.read(`stat -c '%a %U:%G' ${PATH}`), '640 root:root\n')
    assert.is((await host.run('nft list chain inet other keep')).rc, 0, 'tables of others stay')
    assert.is((await host.run(`nft flush ruleset && nft -f ${PATH} && nft list table inet hf`)).rc, 0, 'the file loads at boot')
    await assertMakesSo(host, nftables, { table: 'hf', state: 'absent', path: PATH, revert_after: 0 })
    await assertHolds(host, nftables, { table: 'hf', state: 'absent', path: PATH })
  }))

test('a change on trial is taken back when nobody confirms it', () =>
  withHost(async (host) => {
    const old = { table: 'hf', rules: 'chain input { type filter hook input priority 0; policy accept; }', revert_after: 0 }
    await assertMakesSo(host, nftables, old)
    const locking = { table: 'hf', rules: 'chain input { type filter hook input priority 0; policy drop; }', revert_after: 10, path: PATH }
    await converge(host, locking)
    assert.match(await host.read('nft list table inet hf'), 'policy drop')
    assert.is((await host.run(`ls ${PATH}`)).rc, 2, 'what is on trial is not kept for the next boot')
    const { status, message } = await applyOn(host, nftables, { ...locking, rules: 'chain other { }' })
    assert.equal([status, message], ['failed', 'an earlier change of this table has not been confirmed yet; it reverts by itself'])
    await host.read(soon(NOTHING_ON_TRIAL))
    assert.match(await host.read('nft list table inet hf'), 'policy accept')
    const late = await confirm(host, locking)
    assert.is(late.rc, 1)
    assert.match(late.stderr, 'too late')
    assert.is((await host.run(`ls ${PATH}`)).rc, 2)
    await assertMakesSo(host, nftables, { table: 'hf', state: 'absent', revert_after: 0 })
  }))

test('a confirmed change stays and is kept for the next boot', () =>
  withHost(async (host) => {
    const params = { table: 'hf', rules: RULES, revert_after: 30, path: PATH }
    await converge(host, params)
    const foretold = await applyOn(host, nftables, params, { check: true })
    assert.equal(foretold.changes[0], { what: 'table inet hf', from: 'on trial', to: 'confirmed' })
    assert.is((await confirm(host, params)).rc, 0)
    await assertHolds(host, nftables, params)
    await host.read(NOTHING_ON_TRIAL)
    assert.is(await host.read('ls -A /run/holdfast'), '')
    await converge(host, { ...params, state: 'absent' })
    assert.is((await confirm(host, { ...params, state: 'absent' })).rc, 0)
    assert.is((await host.run(`ls ${PATH}`)).rc, 2)
  }))

test('rules nft does not take are refused with the line, and nothing is on trial', () =>
  withHost(async (host) => {
    await assertFails(
      host,
      nftables,
      { table: 'hf', rules: 'chain a { }\nchain b { nonsense here }' },
      /nft does not take the rules: line 2:/,
    )
    await assertFails(host, nftables, { table: 'hf', rules: 'chain a {\n meta skuid "nobody-here" accept\n}' }, /line 2:.*does not exist/)
    const foretold = await applyOn(
      host,
      nftables,
      { table: 'hf', rules: 'chain a {\n meta skuid "nobody-here" accept\n}' },
      { check: true },
    )
    assert.is(foretold.status, 'changed', 'the user may come with an earlier task')
    await assertFails(host, nftables, { table: 'hf', rules: 'table inet hf { }' }, 'between the braces')
    await assertFails(host, nftables, { table: 'hf' }, 'needs `rules` or `src`')
    assert.is((await host.run('ls /run/holdfast/*')).rc, 2)
  }))

test('a template of the role gives the rules', () =>
  withHost(async (host) => {
    const sources = { rules: Content.of('chain a { }\n') }
    await assertMakesSo(host, nftables, { table: 'hf', src: 'x.hbs', revert_after: 0 }, { sources })
    await assertMakesSo(host, nftables, { table: 'hf', state: 'absent', revert_after: 0 })
  }))

test.run()

type TableModule = StateModule<ObjectSchema, Record<string, unknown>>

/** Loads the rules on trial, as the engine does before it connects anew. The trial itself is what then still differs. */
async function converge(host: TestHost, params: object): Promise<Applied> {
  const result = await applyOn(host, nftables, params)
  assert.equal([result.status, result.message.split(':')[0]], ['failed', 'did not converge'])
  assert.not.match(result.message, 'ruleset')
  return result
}

async function confirm(host: TestHost, params: object): Promise<Awaited<ReturnType<typeof runScript>>> {
  const module = nftables as Module & TableModule
  const script = module.confirm?.(completeParams(module.schema, params), { sources: {}, diff: false })
  if (!script) throw new Error('there is nothing to confirm')
  return await runScript(script, await shellOf(host))
}
