import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countDiff, type DiffLine, unifiedDiff } from '../../engine/report/diff.ts'
import { growth } from '../support/cost.ts'

const test = suite('diff')

const shown = (lines: readonly DiffLine[]) =>
  lines.map(({ kind, text }) => `${{ same: ' ', added: '+', removed: '-', gap: '' }[kind]}${text}`)

test('shows what changed with a little of what did not', () => {
  const before = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join('')
  const after = before.replace('line 10\n', 'line ten\nand more\n')
  assert.equal(shown(unifiedDiff(before, after, { context: 1 })), ['…', ' line 9', '-line 10', '+line ten', '+and more', ' line 11', '…'])
  assert.equal(countDiff(before, after), { added: 2, removed: 1 })
})

test('counts the same for equal texts, new texts and emptied ones', () => {
  assert.equal(countDiff('a\nb\n', 'a\nb\n'), { added: 0, removed: 0 })
  assert.equal(countDiff('', 'a\nb\n'), { added: 2, removed: 0 })
  assert.equal(countDiff('a\nb\n', ''), { added: 0, removed: 2 })
})

test('a missing line end is a difference', () => {
  assert.equal(shown(unifiedDiff('a\n', 'a')), ['-a', '+a (no line end)'])
})

test('never prints more than its limit', () => {
  const lines = unifiedDiff('', 'x\n'.repeat(500), { limit: 10 })
  assert.is(lines.length, 11)
  assert.is(lines.at(-1)?.text, '… 490 more lines')
})

test('long texts with nothing in common take no more than their share', async () => {
  const compare = (count: number) => {
    const [before, after] = ['a', 'b'].map((letter) => Array.from({ length: count }, (_, i) => `${letter}${i}\n`).join(''))
    assert.equal(countDiff(before as string, after as string), { added: count, removed: count })
  }
  const times = await growth(20_000, compare)
  assert.ok(times < 10, `four times as many lines cost ${times} times as much`)
})

test('any two texts are rebuilt by their difference, with no more edits than replacing all', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.map((line) => `${line}\n`).join(''))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = unifiedDiff(before, after, { context: 100, limit: 1000 })
      const side = (...kinds: readonly string[]) =>
        lines
          .filter(({ kind }) => kinds.includes(kind))
          .map((line) => `${line.text}\n`)
          .join('')
      if (before === after) return assert.equal(lines, [])
      assert.is(side('same', 'removed'), before)
      assert.is(side('same', 'added'), after)
      assert.is(lines.filter(({ kind }) => kind !== 'same').length, fewestEdits(before, after))
    }),
  )
})

/** The textbook table, slow and certain. */
function fewestEdits(before: string, after: string): number {
  const [a, b] = [before.split('\n'), after.split('\n')]
  const longest = a.map(() => b.map(() => 0))
  a.forEach((line, i) => {
    b.forEach((other, j) => {
      const row = longest[i] as number[]
      const above = (longest[i - 1]?.[j] ?? 0) as number
      row[j] = line === other ? (longest[i - 1]?.[j - 1] ?? 0) + 1 : Math.max(above, row[j - 1] ?? 0)
    })
  })
  return a.length + b.length - 2 * (longest.at(-1)?.at(-1) ?? 0)
}

test.run()
