import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exposedSwaps } from '../../engine/ceremony/swap.ts'

const test = suite('swap')

const HEADER = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'
const KINDS: { readonly [device: string]: 'memory' | 'encrypted' | 'other' } = {
  '/dev/zram0': 'memory',
  '/dev/dm-1': 'encrypted',
  '/dev/sda2': 'other',
  '/swapfile': 'other',
}

test('a machine without swap writes nothing', () => {
  assert.equal(
    exposedSwaps(HEADER, () => 'other'),
    [],
  )
})

test('only what reaches a disk readably is named', () => {
  const rows = Object.keys(KINDS).map((device) => `${device}  partition\t8388604\t0\t-2\n`)
  assert.equal(
    exposedSwaps(HEADER + rows.join(''), (device) => KINDS[device] ?? 'other'),
    ['/dev/sda2', '/swapfile'],
  )
})

test.run()
