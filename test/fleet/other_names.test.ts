import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assemble, idOf, type Said } from './described.ts'

const test = suite('other names of a host')

const HOSTS: { readonly [host: string]: Said } = {
  p1: { groups: ['public'], chain: 'kvstore', private_address: '10.0.1.1', public_address: '203.0.113.1', node_id: idOf(1) },
  c1: { groups: ['cosigner'], chain: 'kvstore', private_address: 'fd00::3', ansible_host: 'C1.example' },
  c2: { groups: ['cosigner'], chain: 'kvstore', private_address: '10.0.3.2', ansible_host: '127.0.0.1' },
  spare: { groups: ['spare'], ansible_host: '10.0.3.2' },
  '10.0.1.1': { groups: ['spare'], ansible_host: '192.0.2.77' },
  alone: { groups: ['spare'] },
}

/** The name by which a task names its host, and the host of a fleet that it is. */
const CASES: readonly (readonly [name: string, host: string | undefined])[] = [
  ['c1', 'c1'],
  ['c1.example', 'c1'],
  ['C1.EXAMPLE.', 'c1'],
  ['fd00:0::0003', 'c1'],
  ['203.0.113.1', 'p1'],
  ['spare', 'c2'],
  ['10.0.3.2', 'c2'],
  ['10.0.1.1', undefined],
  ['127.0.0.1', undefined],
  ['localhost', undefined],
  ['alone', undefined],
  ['elsewhere.example', undefined],
]

for (const [name, host] of CASES) {
  test(`${name} is ${host ?? 'no host of a fleet'}`, () => assert.is(assemble(HOSTS).placeOf(name)?.member.name, host))
}

test.run()
