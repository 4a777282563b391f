import { withinSearchTime } from '../core/search_time.ts'
import { translatePattern } from './python_pattern.ts'
import { splitLines } from './text_edit.ts'

/** What `blockinfile` is asked to keep in a text. */
export interface BlockEdit {
  /** The lines between the markers; empty, the block goes. */
  readonly block: string
  readonly begin: string
  readonly end: string
  readonly insertafter?: string
  readonly insertbefore?: string
}

/** The text with the block between its markers, where they are now or else where it is to be put; or without both. */
export function editBlock(text: string, edit: BlockEdit): string {
  const lines = splitLines(text)
  const begin = lines.findLastIndex((line) => isMarker(line, edit.begin))
  const end = lines.findLastIndex((line) => isMarker(line, edit.end))
  const exists = begin >= 0 && end >= 0
  const at = exists
    ? Math.min(begin, end)
    : withinSearchTime([edit.insertafter, edit.insertbefore], () => insertionPoint(text, lines, edit))
  const rest = exists ? lines.slice(Math.max(begin, end) + 1) : lines.slice(at)
  const block = blockLines(edit)
  const before = lines.slice(0, at)
  return [...(block.length > 0 ? before.map(ended) : before), ...block, ...rest].join('')
}

function blockLines({ block, begin, end }: BlockEdit): readonly string[] {
  return block === '' ? [] : [`${begin}\n`, ended(block), `${end}\n`]
}

function isMarker(line: string, marker: string): boolean {
  return line.replace(/\r?\n$/, '') === marker
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

function insertionPoint(text: string, lines: readonly string[], { insertafter, insertbefore }: BlockEdit): number {
  if (insertbefore === 'BOF') return 0
  const pattern = insertafter === 'EOF' ? undefined : (insertafter ?? insertbefore)
  if (pattern === undefined) return lines.length
  const at = /^\(\?[a-z]*m/.test(pattern) ? lineOfMatch(text, pattern, insertafter !== undefined) : lastLineMatching(lines, pattern)
  if (at < 0) return lines.length
  return insertafter === undefined ? at : at + 1
}

/** With the flag `(?m)` the pattern is one for the whole text, and may span lines. */
function lineOfMatch(text: string, pattern: string, after: boolean): number {
  const match = translatePattern(pattern).exec(text)
  if (!match) return -1
  const upTo = text.slice(0, after ? match.index + match[0].length : match.index)
  return upTo.split('\n').length - 1
}

function lastLineMatching(lines: readonly string[], pattern: string): number {
  const translated = translatePattern(pattern)
  return lines.findLastIndex((line) => line.search(translated) >= 0)
}
