import type { Change } from '../core/module.ts'
import { countDiff } from './diff.ts'

/** One difference in words: `mode 0644 → 0600`, `/etc/motd +2 −1`. */
export function showChange(change: Change): string {
  const amount = showAmount(change)
  return amount === '' ? change.what : `${change.what} ${amount}`
}

/** How it differs, without what differs: `0644 → 0600`, `+2 −1`. */
export function showAmount({ from, to, text }: Change): string {
  const lines = text === undefined ? '' : showCount(countDiff(text.before, text.after))
  if (lines !== '') return lines
  if (from !== undefined && to !== undefined) return `${shorten(from)} → ${shorten(to)}`
  if (to !== undefined) return `→ ${shorten(to)}`
  return from === undefined ? '' : `${shorten(from)} →`
}

/** The differences of one task in one line: the first few, those of a loop that read alike as one. */
export function showChanges(changes: readonly Change[], most = 4): string {
  const counts = new Map<string, number>()
  for (const text of changes.map(showChange)) counts.set(text, (counts.get(text) ?? 0) + 1)
  const shown = [...counts].slice(0, most)
  const more = changes.length - shown.reduce((sum, [, count]) => sum + count, 0)
  return [...shown.map(([text, count]) => (count > 1 ? `${text} (${count} times)` : text)), ...(more > 0 ? [`${more} more`] : [])].join(
    ', ',
  )
}

/** A path says by itself what was changed; any other word needs its task. */
export function standsAlone(changes: readonly Change[]): boolean {
  return changes.length > 0 && changes.every(({ what }) => what.startsWith('/'))
}

function showCount({ added, removed }: { added: number; removed: number }): string {
  return [added > 0 ? `+${added}` : '', removed > 0 ? `−${removed}` : ''].filter(Boolean).join(' ')
}

function shorten(value: string): string {
  const line = value === '' ? "''" : value
  return line.length > LONGEST_VALUE ? `${line.slice(0, LONGEST_VALUE)}…` : line
}

const LONGEST_VALUE = 60
