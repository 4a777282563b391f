import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withFolder } from '../inventory/folder.ts'
import { callHoldfast } from '../support/command.ts'

const test = suite('given by hand')

const HOSTS = `all:
  vars: { chain: kvstore, ansible_connection: local }
  children:
    sentry:
      hosts: { s1: { private_address: 10.0.2.1 } }
    cosigner:
      vars: { signing_threshold: 2 }
      hosts:
        c1: { private_address: 10.0.3.1, shard_id: 1 }
        c2: { private_address: 10.0.3.2, shard_id: 2 }
        c3: { private_address: 10.0.3.3, shard_id: 3 }
`

for (const given of ['chain=', 'chain=simd', '{"chain": null}', '{"signing_threshold": 2}', '@more.yml'])
  test(`what the guards go by cannot be changed with \`-e ${given}\``, async () => {
    await withFolder({ 'hosts.yml': HOSTS, 'more.yml': 'chain: simd\n' }, async (cwd) => {
      const validated = await callHoldfast(['validate', '-i', 'hosts.yml', '-e', given], { cwd })
      assert.is(validated.code, 2)
      assert.match(validated.err, /error\[fleet-value\]: `\w+` is given with `-e`/)
      const ran = await callHoldfast(['exec', 'cosigner', '-i', 'hosts.yml', '-e', given, '--', 'touch', join(cwd, 'ran')], { cwd })
      assert.is(ran.code, 2)
      assert.is(
        (await callHoldfast(['exec', 'c1', '-i', 'hosts.yml', '--harmless', '--', 'ls', join(cwd, 'ran')], { cwd })).code,
        1,
        'nothing ran',
      )
    })
  })

test('other variables of a fleet can be given', async () => {
  await withFolder({ 'hosts.yml': HOSTS }, async (cwd) => {
    assert.is((await callHoldfast(['validate', '-i', 'hosts.yml', '-e', 'region=eu'], { cwd })).code, 0)
  })
})

test.run()
