import { suite } from 'uvu'
import { equal, not } from 'uvu/assert'
import { newNodeKey, nodeId } from '../../engine/core/node_key.ts'

const test = suite('node key')

const ZEROS = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA7aie8zrakLWKjqNAqbw1zZTIVdx3iQ6Y6wEihi1naKQ=='
const rows: readonly (readonly [seed: string, value: string, id: string])[] = [
  ['00'.repeat(32), ZEROS, '139e3940e64b5491722088d9a0d741628fc826e0'],
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==',
    '21fe31dfa154a261626bf854046fd2271b7bed4b',
  ],
]

for (const [seed, value, id] of rows) {
  test(`of seed ${seed.slice(0, 8)}… is the file and the id that CometBFT makes of it`, () => {
    const file = newNodeKey(Buffer.from(seed, 'hex'))
    equal(file, fileOf(value))
    equal(nodeId(file), id)
  })
}

test('is another one each time when no seed is given', () => {
  not.equal(newNodeKey(), newNodeKey())
})

test('has an id also when a person has laid out the file', () => {
  equal(nodeId(`${JSON.stringify(JSON.parse(fileOf(ZEROS)), null, 2)}\n`), rows[0]?.[2])
})

const refused: readonly (readonly [title: string, text: string])[] = [
  ['text that is no JSON', '{'],
  ['JSON without a key', 'null'],
  ['a key of another kind', JSON.stringify({ priv_key: { type: 'tendermint/PrivKeySecp256k1', value: ZEROS } })],
  ['a seed without its public key', fileOf('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=')],
  [
    'the public key of another seed',
    fileOf(Buffer.concat([Buffer.alloc(32, 1), Buffer.from(ZEROS, 'base64').subarray(32)]).toString('base64')),
  ],
]

for (const [title, text] of refused) {
  test(`is not found in ${title}`, () => equal(nodeId(text), undefined))
}

test.run()

function fileOf(value: string): string {
  return JSON.stringify({ priv_key: { type: 'tendermint/PrivKeyEd25519', value } })
}
