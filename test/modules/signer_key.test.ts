import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Refusal } from '../../engine/core/module.ts'
import { signerKey } from '../../engine/modules/signer_key.ts'
import { signerService } from '../../engine/modules/signer_service.ts'

const test = suite('signer_key and signer_service')

const DEST = '/var/lib/horcrux/hub-1_shard.json'
const PUBLIC = Buffer.alloc(32, 1).toString('base64')
const CONTENT = JSON.stringify({ pubKey: PUBLIC, privateShard: Buffer.alloc(32, 2).toString('base64'), id: 1 })
const PARAMS = { dest: DEST, content: CONTENT, state: 'present', kind: 'shard', chain: 'hub-1', shard: 1, generation: '', public_key: '' }
const KEY = { ...PARAMS, replace: false, vouched_for: [] as string[] }
const SERVICE = { name: 'horcrux', chain: 'hub-1', key: DEST, public_key: '', vouched_for: [], scope: 'system', no_block: false }

const WRONG: readonly (readonly [set: object, says: RegExp])[] = [
  [{ shard: 2 }, /is shard 1, and shard 2 belongs here/],
  [{ chain: 'hub-2' }, /must end in `\/hub-2_shard.json`/],
  [{ chain: undefined }, /needs `chain`/],
  [{ public_key: Buffer.alloc(32, 3).toString('base64') }, /belongs to another public key/],
  [{ content: '{}' }, /is no `CHAIN_shard.json`/],
  [{ content: undefined }, /needs `content`/],
]

for (const [set, says] of WRONG)
  test(`refuses ${JSON.stringify(set)}`, () => assert.match((problems(signerKey, { ...KEY, ...set }) ?? []).join('; '), says))

test('finds nothing wrong with a shard that belongs here', () => assert.equal(problems(signerKey, KEY), []))

test('writes over no other key unless told that it may be lost', () => {
  const state = module(signerKey)
  const other = { kind: 'file', path: DEST, sha256: 'other', publicKey: PUBLIC, shard: '2' }
  assert.throws(
    () => state.desired?.(KEY, other, GIVEN),
    (error: unknown) => error instanceof Refusal && /another key stands/.test(error.message),
  )
  assert.is(state.desired?.({ ...KEY, replace: true }, other, GIVEN)['mode'], '0600')
  assert.is(state.desired?.(KEY, { kind: 'absent', path: DEST }, GIVEN)['mode'], '0600')
})

test('tells the guard of every key that signs, and of none that does not', () => {
  const { signs } = module(signerKey)
  assert.is(signs?.(KEY)?.what, 'place')
  assert.is(signs?.({ ...KEY, state: 'absent' })?.what, 'release')
  assert.is(signs?.({ ...KEY, kind: 'consensus', content: Buffer.alloc(32, 5).toString('base64') })?.what, 'place')
  assert.is(signs?.({ ...KEY, kind: 'ecies' }), undefined)
})

test('tells the guard of a signer that starts now or at the next boot', () => {
  const { signs } = module(signerService)
  for (const set of [{ state: 'started' }, { enabled: true }, { state: 'stopped', enabled: true }])
    assert.is(signs?.({ ...SERVICE, ...set })?.what, 'start', JSON.stringify(set))
  assert.is(signs?.({ ...SERVICE, state: 'stopped', enabled: false }), undefined)
})

test('a signer is told apart by a key that can be one', () => {
  assert.equal(problems(signerService, { ...SERVICE, state: 'started' }), [])
  assert.match((problems(signerService, { ...SERVICE, public_key: 'x' }) ?? []).join(), /32 bytes/)
  assert.match((problems(signerService, { ...SERVICE, chain: 'hub-2' }) ?? []).join(), /must end in/)
})

test.run()

const GIVEN = { sources: {}, diff: false }

interface Loose {
  readonly problems?: (params: object) => readonly string[]
  readonly desired?: (params: object, current: object, given: object) => { readonly [field: string]: unknown }
  readonly signs?: (params: object) => { readonly what: string } | undefined
}

function module(declared: object): Loose {
  return declared as Loose
}

function problems(declared: object, params: object): readonly string[] | undefined {
  return module(declared).problems?.(params)
}
