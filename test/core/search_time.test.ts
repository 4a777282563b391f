import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { withinSearchTime } from '../../engine/core/search_time.ts'
import { editLines } from '../../engine/modules/line_edit.ts'
import { replaceText } from '../../engine/modules/text_replace.ts'
import { render } from '../../engine/playbook/scope.ts'
import { holds } from '../../engine/playbook/when.ts'
import { documentFrom, scopeFrom, under } from '../support/documents.ts'

const test = suite('search time')

/** A pattern that takes for ever on it: it tries every way to cut it up. */
const LONG = '='.repeat(200)
const ENDLESS = '^(=+)+x'

const isSlow = (error: unknown): boolean => error instanceof Rejected && error.diagnostics[0]?.code === 'slow-pattern'

test('gives what a search finds, and the error it ends with', () => {
  assert.is(
    withinSearchTime(['b*'], () => withinSearchTime(['b+'], () => /b+/.exec('abc')?.index)),
    1,
  )
  assert.throws(() => withinSearchTime(['b*'], () => JSON.parse('{')), 'JSON')
})

test('a pattern that takes for ever is given up wherever users write one', () => {
  const line = { line: 'x', state: 'present', regexp: ENDLESS, backrefs: false, firstmatch: false } as const
  assert.throws(() => editLines(LONG, line), isSlow)
  assert.throws(() => replaceText(LONG, { regexp: ENDLESS, replace: '' }), isSlow)
  const play = documentFrom(`when: long.matches('${ENDLESS}')\ntext: '{{ regex_search long "${ENDLESS}" }}'`, 'play.yml')
  assert.throws(() => holds(under(play, 'when'), scopeFrom(`long: '${LONG}'`)), isSlow)
  assert.throws(() => render(under(play, 'text'), scopeFrom(`long: '${LONG}'`)), isSlow)
})

test.run()
