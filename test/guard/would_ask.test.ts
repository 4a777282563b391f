import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { wouldAsk, type WouldAsk } from '../../engine/guard/would_ask.ts'
import { MODULES } from '../../engine/modules/registry.ts'
import { assemble, type Said } from '../fleet/described.ts'

const test = suite('the guards that would be asked')

const fleetOf = (cosigners: number, threshold: number): { readonly [host: string]: Said } => ({
  s1: { chain: 'kvstore', groups: ['sentry'], private_address: '10.0.2.1' },
  ...Object.fromEntries(
    Array.from({ length: cosigners }, (_, i) => [
      `c${i + 1}`,
      { chain: 'kvstore', groups: ['cosigner'], signing_threshold: threshold, private_address: `10.0.3.${i + 1}`, shard_id: i + 1 },
    ]),
  ),
})

function asked(said: { readonly [host: string]: Said }, hosts: readonly string[], module = 'file'): readonly string[] {
  const { places } = assemble(said)
  const tasks = MODULES.filter(({ name }) => name === module).map((one) => ({ module: one }))
  return wouldAsk({ hosts, tasks, placeOf: (host) => places.get(host) }).map(shown)
}

function shown(one: WouldAsk): string {
  if (one.guard === 'lock') return `lock ${one.needed} of ${one.hosts.join(' ')}`
  if (one.guard === 'one signer') return `one signer ${one.hosts.join(' ')}`
  return `quorum ${one.threshold} of ${one.cosigners} for ${one.hosts.join(' ')}: ${one.othersDown ?? 'never'}`
}

const CASES: readonly (readonly [
  what: string,
  said: { readonly [host: string]: Said },
  hosts: readonly string[],
  says: readonly string[],
])[] = [
  ['a host of no fleet', fleetOf(3, 2), ['h1'], []],
  ['a sentry', fleetOf(3, 2), ['s1', 'h1'], ['lock 2 of c1 c2 c3']],
  ['a cosigner of three', fleetOf(3, 2), ['c2'], ['lock 2 of c1 c2 c3', 'quorum 2 of 3 for c2: 0']],
  ['two of five', fleetOf(5, 3), ['s1', 'c4', 'c1'], ['lock 3 of c1 c2 c3 c4 c5', 'quorum 3 of 5 for c4 c1: 1']],
  ['one of which none may be missing', fleetOf(2, 2), ['c1'], ['lock 2 of c1 c2', 'quorum 2 of 2 for c1: never']],
  [
    'hosts of two fleets',
    { ...fleetOf(3, 2), x1: { chain: 'simd', groups: ['public'] } },
    ['x1', 'c1'],
    ['lock 1 of x1', 'lock 2 of c1 c2 c3', 'quorum 2 of 3 for c1: 0'],
  ],
]

for (const [what, said, hosts, says] of CASES) test(`for ${what}`, () => assert.equal(asked(said, hosts), says))

test('for a key that is placed', () =>
  assert.equal(asked(fleetOf(3, 2), ['c1'], 'signer_key'), ['lock 2 of c1 c2 c3', 'one signer c1', 'quorum 2 of 3 for c1: 0']))

test.run()
