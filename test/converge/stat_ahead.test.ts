import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../engine/core/script.ts'
import type { Look } from '../../engine/converge/job.ts'
import { withStats } from '../../engine/converge/stat_ahead.ts'

const test = suite('stat ahead')

const look = (reads: readonly string[], isInstant = true): Look => ({
  key: reads.join(' '),
  as: undefined,
  script: sh`true`,
  reads,
  environment: {},
  isInstant,
})

const before = (looks: readonly Look[]): readonly (string | undefined)[] => withStats(looks).map((one) => one.before?.text)

test('reads the paths of looks that follow each other with one process', () => {
  const [first = '', second] = before([look(['path:/a', 'user:ana']), look(['path:/b c'])])
  assert.match(first, / stat .* -- \/a '\/b c' 2>/)
  assert.is(second, undefined)
})

test('reads them again behind a query, which may have waited', () => {
  const all = before([look(['path:/a']), look(['path:/b']), look(['*'], false), look(['path:/a']), look(['path:/c'])])
  assert.equal(
    all.map((text) => /.* -- (.*) 2>/.exec(text ?? '')?.[1]),
    ['/a /b', undefined, undefined, '/a /c', undefined],
  )
  assert.is(all[2], 'set --')
})

test('leaves a single path to its own probe, and names that look like what is read', () => {
  assert.equal(before([look(['path:/a', 'path:/a|b', 'path:/a\nb'])]), ['set --'])
})

test.run()
