import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { showChange, showChanges, standsAlone } from '../../engine/report/change.ts'

const test = suite('change')

const TABLE = [
  [{ what: 'mode', from: '0644', to: '0600' }, 'mode 0644 → 0600'],
  [{ what: 'gaiad', to: 'restarted' }, 'gaiad → restarted'],
  [{ what: '/etc/cron.deny', from: 'present' }, '/etc/cron.deny present →'],
  [{ what: 'owner', from: '', to: 'root' }, "owner '' → root"],
  [{ what: '/etc/motd' }, '/etc/motd'],
  [{ what: '/etc/motd', text: { before: 'a\n', after: 'a\nb\nc\n' } }, '/etc/motd +2'],
  [{ what: '/etc/motd', text: { before: 'a\nb\n', after: 'c\n' } }, '/etc/motd +1 −2'],
  [{ what: '/etc/motd', from: 'absent', to: 'file', text: { before: '', after: '' } }, '/etc/motd absent → file'],
  [{ what: 'x', from: 'a'.repeat(100), to: 'b' }, `x ${'a'.repeat(60)}… → b`],
] as const

for (const [change, shown] of TABLE) {
  test(`is shown as \`${shown}\``, () => assert.is(showChange(change), shown))
}

test('those of a loop that read alike are one', () => {
  const mode = { what: 'mode', from: '0755', to: '0700' }
  assert.is(showChanges([mode, mode, { what: 'owner', to: 'root' }, mode]), 'mode 0755 → 0700 (3 times), owner → root')
})

test('many are counted', () => {
  const changes = Array.from({ length: 7 }, (_, i) => ({ what: `key${i}` }))
  assert.is(showChanges(changes), 'key0, key1, key2, key3, 3 more')
})

test('only paths say by themselves what was changed', () => {
  assert.ok(standsAlone([{ what: '/etc/motd' }]))
  assert.not(standsAlone([{ what: '/etc/motd' }, { what: 'mode' }]))
  assert.not(standsAlone([]))
})

test.run()
