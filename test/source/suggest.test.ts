import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { editDistance, nearest } from '../../engine/source/suggest.ts'

const test = suite('suggest')

test('counts inserted, dropped, replaced and swapped letters', () => {
  assert.equal(
    [editDistance('tabel', 'table'), editDistance('a', 'abc'), editDistance('kitten', 'sitting'), editDistance('', 'ab')],
    [1, 2, 3, 2],
  )
})

test('suggests the nearest name only if it is near', () => {
  assert.is(nearest('tabel', ['chain', 'table']), 'table')
  assert.is(nearest('HOSTS', ['hosts']), 'hosts')
  assert.is(nearest('xyz', ['table', 'chain']), undefined)
})

test.run()
