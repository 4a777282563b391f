import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { overlaps } from '../../engine/core/module.ts'
import { Readings } from '../../engine/session/readings.ts'

const test = suite('Readings')
const output = { rc: 0, stdout: '', stderr: '' }

const table: [a: string, b: string, overlap: boolean][] = [
  ['path:/etc/hosts', 'path:/etc/hosts', true],
  ['path:/etc', 'path:/etc/hosts', true],
  ['path:/etc/hosts', 'path:/etc', true],
  ['path:/etc/ssh', 'path:/etc/ssh.d/x', false],
  ['path:/', 'path:/etc/hosts', true],
  ['path:/srv/link/app.toml', 'path:/var/real/app.toml', true],
  ['folder:/a/b', 'folder:/a/b', true],
  ['folder:/a/b', 'folder:/a', false],
  ['folder:/a/b', 'folder:/a/bb', false],
  ['folder:/srv/link/config', 'folder:/var/real/config', true],
  ['folder:/a/b', 'path:/a/b', false],
  ['path:/etc/hosts', 'unit:hosts', false],
  ['unit:ssh.service', 'unit:ssh.service', true],
  ['unit:ssh.service', 'unit:nftables.service', false],
  ['*', 'user:ana', true],
  ['user:ana', '*', true],
]

for (const [a, b, overlap] of table) {
  test(`${a} and ${b} ${overlap ? 'may be one thing' : 'are two things'}`, () => assert.is(overlaps(a, b), overlap))
}

test('keeps a reading until something it read is touched', () => {
  const readings = new Readings()
  readings.put('a', ['path:/etc/hosts'], output)
  readings.put('b', ['unit:ssh.service'], output)
  readings.put('c', ['*'], output)
  readings.touched(['path:/etc'])
  assert.is(readings.get('a'), undefined)
  assert.is(readings.get('b'), output)
  assert.is(readings.get('c'), undefined, 'what reads everything is stale after any change')
})

test('does not believe a reading for longer than a minute', () => {
  let now = 0
  const readings = new Readings(() => now)
  readings.put('a', [], output)
  now = 60_000
  assert.is(readings.get('a'), output)
  now = 60_001
  assert.is(readings.get('a'), undefined)
})

test.run()
