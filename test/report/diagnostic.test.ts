import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Diagnostic } from '../../engine/core/diagnostic.ts'
import { diagnosticLines, type ReadLine } from '../../engine/report/diagnostic.ts'
import { capturedScreen } from '../support/captured_screen.ts'

const test = suite('diagnostic')

function shown(diagnostic: Diagnostic, readLine: ReadLine = () => undefined): string {
  const { screen, kept } = capturedScreen()
  screen.notes(diagnosticLines(diagnostic, { level: 'error', readLine }))
  return kept.err
}

test('shows the place underlined, and the help below it', () => {
  const text = shown(
    {
      code: 'unknown-param',
      message: '`nftables` has no parameter `tabel`',
      origin: { file: 'playbooks/sentry.yml', line: 6, column: 9, length: 5 },
      help: 'did you mean `table`?',
    },
    () => '        tabel: inet filter',
  )
  assert.is(
    text,
    [
      'error[unknown-param]: `nftables` has no parameter `tabel`',
      '  --> playbooks/sentry.yml:6:9',
      '   |',
      ' 6 |         tabel: inet filter',
      '   |         ^^^^^',
      '   = help: did you mean `table`?',
      '',
    ].join('\n'),
  )
})

test('widens the margin for long line numbers', () => {
  const text = shown({ code: 'x', message: 'm', origin: { file: 'f', line: 1234, column: 1 }, detail: 'd' }, () => 'abc')
  assert.is(text, ['error[x]: m', '    --> f:1234:1', '     |', '1234 | abc', '     | ^', '     = detail: d', ''].join('\n'))
})

test('gives only the place where the line cannot be shown', () => {
  const text = shown({ code: 'host-key', message: 'm', origin: { file: 'f', line: 8, column: 5 }, detail: 'one\ntwo', help: 'h' })
  assert.is(text, ['error[host-key]: m', '  --> f:8:5', '   = detail: one', '             two', '   = help: h', ''].join('\n'))
})

test('names the other places that take part', () => {
  const related = [{ message: 'first used', origin: { file: 'g', line: 2, column: 3 } }]
  assert.match(shown({ code: 'x', message: 'm', related }), '   = note: first used at g:2:3\n')
})

test('underlines the right characters after escaped ones', () => {
  const text = shown({ code: 'x', message: 'm', origin: { file: 'f', line: 1, column: 3, length: 3 } }, () => '\u001b bad!')
  assert.match(text, ' 1 | \\x1b bad!\n   |      ^^^\n')
})

test('cuts a very long line, and keeps the marked place in sight', () => {
  const text = shown(
    { code: 'x', message: 'm', origin: { file: 'f', line: 1, column: 5001, length: 3 } },
    () => `${'a'.repeat(5000)}BAD${'b'.repeat(5000)}`,
  )
  const [source = '', marks = ''] = text.split('\n').slice(3)
  assert.ok(source.length < 140)
  assert.is(source.slice(marks.indexOf('^'), marks.indexOf('^') + 3), 'BAD')
})

test('text of a host in a message cannot drive the terminal', () => {
  assert.not.match(shown({ code: 'x', message: 'said \u001b[2J', detail: '\u009b31m' }), /[^\P{C}\n]/u)
})

test.run()
