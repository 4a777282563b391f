import { createPrivateKey, createPublicKey } from 'node:crypto'
import { basename, dirname } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ComingChange } from '../../engine/converge/permit.ts'
import { type Module, Refusal } from '../../engine/core/module.ts'
import type { Tier } from '../../engine/fleet/model.ts'
import type { Passage } from '../../engine/guard/guard.ts'
import { oneSignerGuard } from '../../engine/guard/one_signer.ts'
import { type Placement, recordName } from '../../engine/guard/placement.ts'
import { findModule } from '../../engine/modules/registry.ts'
import { FolderHosts } from './folder_hosts.ts'

const test = suite('the guard against a second signer')

const COSIGNED: { readonly [host: string]: Tier } = { c1: 'cosigner', c2: 'cosigner', c3: 'cosigner', s1: 'sentry' }
const RECORDS = '/var/lib/holdfast/signers'
const CHAIN = 'hub-1'
const HOME = '/var/lib/horcrux'
const SHARD = `${HOME}/${CHAIN}_shard.json`
const SEED = Buffer.alloc(32, 7)
const PUBLIC = publicOf(SEED)
const START = { name: 'horcrux', chain: CHAIN, key: SHARD, state: 'started', enabled: true }

test('lets a key be placed where it is nowhere else, and puts that on record on every cosigner', () =>
  withHosts(async (hosts) => {
    await enter(hosts, 'c1', 'signer_key', placing(1))
    for (const host of ['c1', 'c2', 'c3']) assert.is(hosts.records(host)[0]?.['state'], 'held', host)
    hosts.put('c1', SHARD, shard(1))
    await refused(hosts, { host: 'c2', module: 'signer_key', params: placing(1) }, 'shard 1 of `hub-1` is on `c1`')
  }))

test('has the host itself make sure, in the moment of the change, that its record still stands', () =>
  withHosts(async (hosts) => {
    const { before } = await enter(hosts, 'c1', 'signer_key', placing(1))
    if (!before) throw new Error('the host makes sure of nothing')
    assert.is(hosts.run('c1', before).rc, 0)
    hosts.remove('c1', '/var/lib/holdfast/signers')
    assert.is(hosts.run('c1', before).rc, 1)
  }))

test('starts nothing when the key that lies there cannot be told', () =>
  withHosts(async (hosts) => {
    const start = { host: 'c1', module: 'signer_service', params: START }
    await refused(hosts, start, 'nobody can tell which key')
    hosts.put('c1', SHARD, '{"privateShard":"x"}')
    await refused(hosts, start, 'nobody can tell which key')
    hosts.put('c1', SHARD, shard(1))
    await enter(hosts, 'c1', 'signer_service', START)
  }))

test('finds the key wherever the signer reads it, and however its path is written', () =>
  withHosts(async (hosts) => {
    const path = `/srv/a/b/c/${CHAIN}_shard.json`
    hosts.put('c1', path, shard(1))
    await enter(hosts, 'c1', 'signer_service', { ...START, key: path.replace('/b/', '//b/./') })
    hosts.put('c2', SHARD, shard(1))
    await refused(hosts, { host: 'c1', module: 'signer_service', params: { ...START, key: path } }, 'shard 1 of `hub-1` is on `c2`')
  }))

test('asks about every shard beside the one that is named: Horcrux signs with all of them', () =>
  withHosts(async (hosts) => {
    hosts.put('c1', SHARD, shard(1))
    hosts.put('c1', `${HOME}/other-1_shard.json`, shard(2))
    hosts.put('c2', `${HOME}/other-1_shard.json`, shard(2))
    await refused(hosts, { host: 'c1', module: 'signer_service', params: START }, 'shard 2 of `other-1` is on `c2`')
  }))

test('looks at the file also where a public key is given', () =>
  withHosts(async (hosts) => {
    hosts.put('c1', SHARD, shard(1))
    hosts.put('c2', SHARD, shard(1))
    const params = { ...START, public_key: publicOf(Buffer.alloc(32, 9)) }
    await refused(hosts, { host: 'c1', module: 'signer_service', params }, 'shard 1 of `hub-1` is on `c2`')
  }))

test('believes what a key of softsign is said to be, which does not tell itself', () =>
  withHosts(async (hosts) => {
    const path = '/var/lib/tmkms/secrets/hub-1_consensus.key'
    const start = { name: 'tmkms', chain: CHAIN, key: path, state: 'started', public_key: PUBLIC }
    hosts.put('c1', path, SEED.toString('base64'))
    await refused(hosts, { host: 'c1', module: 'signer_service', params: { ...start, public_key: '' } }, 'nobody can tell which key')
    await enter(hosts, 'c1', 'signer_service', start)
    assert.is(hosts.records('c2')[0]?.['publicKey'], PUBLIC)
    const placed = { dest: path, kind: 'consensus', chain: CHAIN, content: SEED.toString('base64'), replace: true }
    await enter(hosts, 'c1', 'signer_key', placed)
    hosts.put('c2', path, SEED.toString('base64'))
    hosts.say('c1', 'is-active', 'active')
    await refused(hosts, { host: 'c2', module: 'signer_service', params: start }, 'is on record on `c1`')
  }))

test('asks before a restart, too: a unit that is stopped is started by it', () =>
  withHosts(async (hosts) => {
    hosts.put('c1', SHARD, shard(1))
    hosts.put('c2', SHARD, shard(1))
    const params = { name: 'horcrux', chain: CHAIN, key: SHARD, enabled: false }
    await refused(hosts, { host: 'c1', module: 'signer_service', params, action: 'restarted' }, 'shard 1 of `hub-1` is on `c2`')
  }))

test('knows a whole key by its private half, which is what signs', () =>
  withHosts(async (hosts) => {
    hosts.put('s1', '/var/lib/gaia/config/priv_validator_key.json', whole({ publicKey: publicOf(Buffer.alloc(32, 9)) }))
    await refused(hosts, { host: 'c1', module: 'signer_key', params: placing(1) }, 'the whole key of `hub-1` is on `s1`')
  }))

test('takes a file that nobody can read for the key, unless the host is vouched for', () =>
  withHosts(async (hosts) => {
    hosts.put('s1', '/var/lib/gaia/config/priv_validator_key.json', '{}')
    await refused(hosts, { host: 'c1', module: 'signer_key', params: placing(1) }, 'nobody can tell which key `/var/lib/gaia/config')
    await enter(hosts, 'c1', 'signer_key', { ...placing(1), vouched_for: ['s1'] })
  }))

test('is not deceived by the name of a file', () =>
  withHosts(async (hosts) => {
    hosts.put('s1', `/home/eve/.horcrux/x\nmark=99999|0|3|${CHAIN}_share_sign_state.json\ny_shard.json`, shard(3))
    await enter(hosts, 'c1', 'signer_key', placing(1))
    assert.is(hosts.read('c1', `${HOME}/state/${CHAIN}_share_sign_state.json`), undefined)
  }))

test('does not take a half-written record for one', () =>
  withHosts(async (hosts) => {
    await enter(hosts, 'c1', 'signer_key', placing(1))
    const record = { ...hosts.records('c1')[0], state: 'released', turn: 99 }
    for (const host of ['c1', 'c2', 'c3']) hosts.put(host, '/var/lib/holdfast/signers/.half.new', JSON.stringify(record))
    await refused(hosts, { host: 'c2', module: 'signer_key', params: placing(1), silent: 'c1' }, 'is on record on `c1`')
  }))

test('writes a record anew that the host itself has lost', () =>
  withHosts(async (hosts) => {
    await enter(hosts, 'c1', 'signer_key', placing(1))
    hosts.put('c1', SHARD, shard(1))
    hosts.remove('c1', '/var/lib/holdfast/signers')
    const { before } = await enter(hosts, 'c1', 'signer_service', START)
    assert.ok(before && hosts.run('c1', before).rc === 0, 'its own record stands again')
  }))

for (const [what, put] of [
  ['a unit is active', (hosts: FolderHosts) => hosts.say('c1', 'is-active', 'activating')],
  ['a unit starts at boot', (hosts: FolderHosts) => hosts.say('c1', 'is-enabled', 'enabled-runtime')],
  [
    'an instance of a template starts at boot',
    (hosts: FolderHosts) => hosts.say('c1', 'list-unit-files', 'horcrux@.service enabled enabled'),
  ],
  ['a program runs under the name of its release', (hosts: FolderHosts) => hosts.put('c1', '/proc/77/comm', 'horcrux-linux-a\n')],
] as const) {
  test(`gives no key away while ${what}, also not one that began only just before`, () =>
    withHosts(async (hosts) => {
      hosts.put('c1', SHARD, shard(1))
      const params = { dest: SHARD, chain: CHAIN, state: 'absent' }
      const { before } = await enter(hosts, 'c1', 'signer_key', params)
      assert.ok(before && hosts.run('c1', before).rc === 0)
      put(hosts)
      assert.is(before && hosts.run('c1', before).rc, 1)
      await refused(hosts, { host: 'c1', module: 'signer_key', params }, 'the key is still in use')
    }))
}

test('puts on record that a key is gone once it is, and not before', () =>
  withHosts(async (hosts) => {
    await enter(hosts, 'c1', 'signer_key', placing(1))
    hosts.put('c1', SHARD, shard(1))
    const params = { dest: SHARD, chain: CHAIN, state: 'absent' }
    await (await enter(hosts, 'c1', 'signer_key', params)).leave?.(true)
    assert.is(hosts.records('c2')[0]?.['state'], 'held', 'it lies there still')
    const { leave } = await enter(hosts, 'c1', 'signer_key', params)
    hosts.remove('c1', SHARD)
    await leave?.(true)
    assert.is(hosts.records('c2')[0]?.['state'], 'released')
    await enter(hosts, 'c2', 'signer_key', placing(1))
  }))

test('puts no key on record as gone of which the host has another copy', () =>
  withHosts(async (hosts) => {
    await enter(hosts, 'c1', 'signer_key', placing(1))
    hosts.put('c1', SHARD, shard(1))
    hosts.put('c1', `/root/.horcrux/${CHAIN}_shard.json`, shard(1))
    const { leave } = await enter(hosts, 'c1', 'signer_key', { dest: SHARD, chain: CHAIN, state: 'absent' })
    hosts.remove('c1', SHARD)
    await leave?.(true)
    assert.is(hosts.records('c2')[0]?.['state'], 'leaving')
  }))

test('lets no key go on before the place it leaves has that on its disk', () =>
  withHosts(async (hosts) => {
    await enter(hosts, 'c1', 'signer_key', placing(1))
    hosts.put('c1', `/var/lib/holdfast/signers/.${recordOf(hosts, 'c1')}.new/x`, '')
    await refused(hosts, { host: 'c2', module: 'signer_key', params: placing(1) }, 'too few hosts could note')
  }))

test('carries how far the validator has signed to both files of a signer', () =>
  withHosts(async (hosts) => {
    hosts.put('c1', `${HOME}/state/${CHAIN}_share_sign_state.json`, '{"height":"107","round":"0","step":3}')
    await enter(hosts, 'c1', 'signer_key', placing(1))
    assert.match(hosts.read('c1', `${HOME}/state/${CHAIN}_priv_validator_state.json`) ?? '', /"height": "107"/)
  }))

test('carries how far the validator has signed, forward only', () =>
  withHosts(async (hosts) => {
    const state = (host: string) => JSON.parse(hosts.read(host, `${HOME}/state/${CHAIN}_share_sign_state.json`) ?? '{}')['height']
    hosts.put('c2', `${HOME}/state/${CHAIN}_priv_validator_state.json`, '{"height":"102","round":"0","step":3}')
    hosts.put('c3', `${HOME}/state/${CHAIN}_share_sign_state.json`, '{"height": "107", "round": "1", "step": 2}')
    hosts.put('c1', `${HOME}/state/${CHAIN}_share_sign_state.json`, '{"height":"103","round":"0","step":3}')
    await enter(hosts, 'c1', 'signer_key', placing(1))
    assert.is(state('c1'), '107')
    assert.is(state('c3'), '107')
  }))

for (const [module, params, says] of [
  ['copy', { content: 'x', dest: SHARD }, 'use `signer_key`'],
  ['copy', { src: `${CHAIN}_shard.json`, dest: `${HOME}/` }, 'use `signer_key`'],
  ['template', { src: 'x.hbs', dest: '/srv/gaia/config/priv_validator_key.json' }, 'use `signer_key`'],
  ['template', { src: `${CHAIN}_shard.json.hbs`, dest: `${HOME}/` }, 'use `signer_key`'],
  ['get_url', { url: `https://x.example/a/${CHAIN}_shard.json?x`, dest: HOME }, 'use `signer_key`'],
  ['file', { src: '/root/key', dest: SHARD, path: SHARD, state: 'link' }, 'use `signer_key`'],
  ['systemd_service', { name: 'horcrux', state: 'started' }, 'use `signer_service`'],
  ['systemd_unit', { name: 'horcrux.service', enabled: true, content: 'x' }, 'use `signer_service`'],
  ['systemd_service', { name: 'tmkms.service', enabled: true }, 'use `signer_service`'],
] as const) {
  test(`refuses ${module} ${JSON.stringify(params)}: ${says}`, () =>
    withHosts((hosts) => refused(hosts, { host: 'c1', module, params, help: says }, 'without asking')))
}

test('leaves alone what brings no key and starts no signer', () =>
  withHosts(async (hosts) => {
    for (const [module, params] of [
      ['copy', { content: 'x', dest: `${HOME}/config.yaml` }],
      ['file', { path: SHARD, mode: '0600', state: 'file' }],
      ['file', { path: SHARD, state: 'absent' }],
      ['systemd_service', { name: 'horcrux', state: 'stopped', enabled: false }],
      ['systemd_unit', { name: 'horcrux.service', content: 'x' }],
      ['systemd_service', { name: 'gaiad', state: 'started' }],
    ] as const)
      await enter(hosts, 'c1', module, params)
    assert.equal(hosts.records('c1'), [])
  }))

for (const [program, file, state] of [
  ['CometBFT', '/var/lib/gaia/config/priv_validator_key.json', '/var/lib/gaia/data/priv_validator_state.json'],
  ['tmkms', '/var/lib/tmkms/secrets/hub-1_consensus.key', '/var/lib/tmkms/state/hub-1.json'],
] as const) {
  test(`lets a whole key of ${program} go on elsewhere only where it is known how far it signed`, () =>
    withHosts(async (hosts) => {
      const text = program === 'tmkms' ? SEED.toString('base64') : whole({ publicKey: PUBLIC })
      const key = { dest: file, chain: CHAIN, kind: 'consensus' }
      const place = { host: 's1', module: 'signer_key', params: { ...key, content: text } }
      await enter(hosts, 'c1', 'signer_key', place.params)
      hosts.put('c1', file, text)
      hosts.put('c1', state, '{"height":"70","round":"1","step":2}')
      const start = { name: 'x', chain: CHAIN, key: file, state: 'started', public_key: PUBLIC }
      await enter(hosts, 'c1', 'signer_service', start)
      const { leave } = await enter(hosts, 'c1', 'signer_key', { ...key, state: 'absent', public_key: PUBLIC })
      hosts.remove('c1', file)
      await leave?.(true)
      hosts.put('s1', state, '{"height":"70","round":"0","step":3}')
      await refused(hosts, place, 'has signed up to height 70, and `s1` does not know')
      hosts.put('s1', state, '{"height":"70","round":"1","step":2}')
      await enter(hosts, 's1', 'signer_key', place.params)
    }))
}

const SOFTSIGN = '/var/lib/tmkms/secrets/hub-1_consensus.key'
const WHOLE = { dest: SOFTSIGN, kind: 'consensus', chain: CHAIN, content: SEED.toString('base64') }

for (const now of ['none', 'gone'] as const) {
  test(`does not forget a signer that left its group and is ${now === 'none' ? 'still' : 'no more'} in the inventory`, () =>
    withHosts(
      async (hosts) => {
        await enter(hosts, 's1', 'signer_key', WHOLE)
        hosts.put('s1', SOFTSIGN, WHOLE.content)
        hosts.say('s1', 'is-active', 'active')
        hosts.regroup('s1', now)
        await refused(hosts, { host: 's2', module: 'signer_key', params: WHOLE }, 'is on record on `s1` .* is active there')
      },
      { s1: 'signer', s2: 'signer', n1: 'sentry', n2: 'sentry' },
    ))
}

test('asks a signer that left its group, also where nobody else has a record of it', () =>
  withHosts(
    async (hosts) => {
      await enter(hosts, 's1', 'signer_key', WHOLE)
      hosts.say('s1', 'is-active', 'active')
      for (const host of ['s2', 'n1']) hosts.remove(host, '/var/lib/holdfast/signers')
      hosts.regroup('s1', 'none')
      await refused(hosts, { host: 's2', module: 'signer_key', params: WHOLE }, 'is on record on `s1`')
    },
    { s1: 'signer', s2: 'signer', n1: 'sentry' },
  ))

test('does not forget the cosigners when one host is to sign instead of them', () =>
  withHosts(
    async (hosts) => {
      await enter(hosts, 'c1', 'signer_key', placing(1))
      hosts.say('c1', 'is-active', 'active')
      hosts.regroup('c1', 'gone')
      await refused(
        hosts,
        { host: 's2', module: 'signer_key', params: { ...WHOLE, content: whole({ publicKey: PUBLIC }) } },
        'is on record on `c1`',
      )
    },
    { c1: 'cosigner', s2: 'signer', n1: 'sentry' },
  ))

test('takes a key of softsign for gone only when its file is gone', () =>
  withHosts(
    async (hosts) => {
      await enter(hosts, 's1', 'signer_key', WHOLE)
      hosts.put('s1', SOFTSIGN, WHOLE.content)
      hosts.put('s2', '/var/lib/tmkms/state/hub-1.json', '{"height":"70","round":"0","step":3}')
      const place = { host: 's2', module: 'signer_key', params: WHOLE }
      await refused(hosts, place, `nobody can tell which key \`${SOFTSIGN}\` on \`s1\` is`)
      assert.is(hosts.records('s1')[0]?.['state'], 'held')
      hosts.remove('s1', SOFTSIGN)
      await enter(hosts, 's2', 'signer_key', WHOLE)
      assert.equal(
        hosts
          .records('n1')
          .map(({ host, state }) => [host, state])
          .toSorted(),
        [
          ['s1', 'released'],
          ['s2', 'held'],
        ],
      )
    },
    { s1: 'signer', s2: 'signer', n1: 'sentry' },
  ))

test('tells who keeps records of what they missed, when the key is asked about again', () =>
  withHosts(
    async (hosts) => {
      const key = { ...WHOLE, dest: '/var/lib/gaia/config/priv_validator_key.json', content: whole({ publicKey: PUBLIC }) }
      await enter(hosts, 's1', 'signer_key', key)
      hosts.put('s1', key.dest, key.content)
      hosts.remove('n1', '/var/lib/holdfast/signers')
      await enter(hosts, 's1', 'signer_service', { name: 'gaiad', chain: CHAIN, key: key.dest, state: 'started' })
      assert.is(hosts.records('n1')[0]?.['host'], 's1')
    },
    { s1: 'signer', n1: 'sentry', n2: 'sentry' },
  ))

const STATES = [
  '/var/lib/gaia/data/priv_validator_state.json',
  '/var/lib/horcrux/state/hub-1_share_sign_state.json',
  '/var/lib/tmkms/state/hub-1.json',
]

for (const path of STATES) {
  test(`keeps ${path} where the host is on record for a key`, () =>
    withHosts(async (hosts) => {
      const changes: readonly (readonly [module: string, params: object])[] = [
        ['file', { path, state: 'absent' }],
        ['file', { path: path.split('/').slice(0, 4).join('/'), state: 'absent' }],
        ['file', { path, state: 'link', src: '/srv/other.json' }],
        ['copy', { dest: path, content: '{"height":"0"}' }],
        ['copy', { dest: dirname(path), src: `files/${basename(path)}` }],
        ['copy', { dest: `${dirname(path)}/`, src: 'files/state/' }],
        ['copy', { dest: dirname(dirname(path)), src: `files/${basename(dirname(path))}` }],
        ['template', { dest: dirname(path), src: `${basename(path)}.hbs` }],
        ['get_url', { dest: `${dirname(path)}/`, url: `https://x.example/a/${basename(path)}` }],
        ['unarchive', { dest: dirname(dirname(path)), src: 'x.tar.gz', strip_components: 0 }],
        ['user', { name: 'x', state: 'absent', remove: true }],
        ['file', { path: '/srv/linked', state: 'absent' }],
        ['file', { path: '/srv/linked', state: 'link', src: '/srv/empty' }],
      ]
      hosts.program('c1', 'getent', `echo x:x:1:1::${hosts.folder('c1', dirname(dirname(path)))}:/bin/sh`)
      hosts.link('c1', '/srv/linked', dirname(dirname(path)))
      const all = (rc: number) => changes.map(() => rc)
      const verdicts = async () => {
        const before = await Promise.all(changes.map(async ([module, params]) => (await enter(hosts, 'c1', module, params)).before))
        return before.map((script) => script && hosts.run('c1', script).rc)
      }
      hosts.put('c1', path, '{"height":"7"}')
      assert.equal(await verdicts(), all(0), 'a node without a key of ours may begin anew')
      await enter(hosts, 'c1', 'signer_key', placing(1))
      assert.equal(await verdicts(), all(1))
      for (const record of hosts.records('c1'))
        hosts.put('c1', `${RECORDS}/${recordOf(hosts, 'c1')}`, JSON.stringify({ ...record, state: 'leaving' }))
      assert.equal(await verdicts(), all(1), 'it may lie there still')
      for (const record of hosts.records('c1'))
        hosts.put('c1', `${RECORDS}/${recordOf(hosts, 'c1')}`, JSON.stringify({ ...record, state: 'released' }))
      assert.equal(await verdicts(), all(0), 'the key is gone')
      hosts.program('c1', 'id', 'echo 998')
      assert.equal(await verdicts(), all(1), 'who is not root cannot tell')
      hosts.program('c1', 'id', 'echo 0')
      hosts.put('c1', '/etc/machine-id', '')
      assert.equal(await verdicts(), all(1), 'which machine it is cannot be told')
      assert.equal(await enter(hosts, 'c1', 'signing_state', { path, at_least: '7' }), { anew: false })
      hosts.remove('c1', dirname(path))
      assert.equal(await verdicts(), all(0), 'what is not there may be put there')
    }))
}

for (const [module, params] of [
  ['file', { path: '/var/lib/holdfast/signers', state: 'absent' }],
  ['file', { path: '/var/lib/holdfast/signers/x', state: 'absent' }],
  ['file', { path: '/var/lib/holdfast', state: 'absent' }],
  ['file', { path: '/var/lib/holdfast/signers/x', state: 'link', src: '/root/x' }],
  ['copy', { dest: '/var/lib/holdfast/signers/x', content: 'x' }],
  ['copy', { dest: '/var/lib/holdfast/signers', src: 'x' }],
] as const) {
  test(`leaves the records of keys to nobody else: ${module} ${JSON.stringify(params)}`, () =>
    withHosts(async (hosts) => {
      // That of another host counts as much.
      await enter(hosts, 'c1', 'signer_key', placing(1))
      const { before } = await enter(hosts, 'c2', module, params)
      assert.is(before && hosts.run('c2', before).rc, 1)
    }))
}

test('lets anything else be taken away, and copies of signing states out of a backup', () =>
  withHosts(async (hosts) => {
    await enter(hosts, 'c1', 'signer_key', placing(1))
    hosts.put('c1', '/srv/other/file.json', '{}')
    const { before } = await enter(hosts, 'c1', 'file', { path: '/srv/other', state: 'absent' })
    assert.is(before && hosts.run('c1', before).rc, 0)
    assert.equal(await enter(hosts, 'c1', 'file', { path: '/var/lib/holdfast/backup/restored', state: 'absent' }), { anew: false })
    assert.equal(await enter(hosts, 'c1', 'file', { path: STATES[0] as string, mode: '0600' }), { anew: false })
  }))

test.run()

async function withHosts(
  body: (hosts: FolderHosts) => Promise<unknown>,
  tiers: { readonly [host: string]: Tier } = COSIGNED,
): Promise<void> {
  const hosts = new FolderHosts(tiers)
  try {
    await body(hosts)
  } finally {
    hosts.close()
  }
}

async function enter(hosts: FolderHosts, host: string, module: string, params: object, action?: string): Promise<Passage> {
  const found = findModule(module) as Module
  const whole = { vouched_for: [], generation: '', public_key: '', replace: false, kind: 'shard', ...params }
  const change: ComingChange = { module: found, params: { state: 'present', ...whole }, disrupts: false, ...(action && { action }) }
  return await oneSignerGuard(hosts).enter(change, hosts.place(host))
}

interface Refused {
  readonly host: string
  readonly module: string
  readonly params: object
  readonly action?: string
  readonly silent?: string
  readonly help?: string
}

async function refused(hosts: FolderHosts, { host, module, params, action, silent, help = '' }: Refused, says: string): Promise<void> {
  if (silent) hosts.silent.add(silent)
  const error = await enter(hosts, host, module, params, action).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Refusal)) throw error ?? new Error(`it was let pass: ${says}`)
  assert.match(error.message, new RegExp(says))
  assert.ok(error.help?.includes(help), error.help)
  assert.is(error.code, 'second-signer')
}

function recordOf(hosts: FolderHosts, host: string): string {
  return recordName(hosts.records(host)[0] as unknown as Placement)
}

function placing(id: number) {
  return { dest: SHARD, content: shard(id), chain: CHAIN, shard: id }
}

function shard(id: number): string {
  const pubKey = Buffer.concat([Buffer.from('0a20', 'hex'), Buffer.from(PUBLIC, 'base64')]).toString('base64')
  return JSON.stringify({ pubKey, privateShard: Buffer.alloc(32, id).toString('base64'), id }, null, 2)
}

function whole({ publicKey }: { readonly publicKey: string }): string {
  const value = Buffer.concat([SEED, Buffer.from(PUBLIC, 'base64')]).toString('base64')
  return JSON.stringify({ pub_key: { type: 'x', value: publicKey }, priv_key: { type: 'x', value } }, null, 2)
}

function publicOf(seed: Buffer): string {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
  const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
}
