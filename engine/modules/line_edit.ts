import { withinSearchTime } from '../core/search_time.ts'
import { expandReplacement } from './python_expand.ts'
import { translatePattern } from './python_pattern.ts'
import { splitLines } from './text_edit.ts'

/** What `lineinfile` is asked to keep in a text. */
export interface LineEdit {
  readonly state: 'present' | 'absent'
  readonly line?: string
  readonly regexp?: string
  readonly search_string?: string
  readonly insertafter?: string
  readonly insertbefore?: string
  readonly backrefs: boolean
  readonly firstmatch: boolean
}

/** The text with the line in its place, or without the lines that must not be there. */
export function editLines(text: string, edit: LineEdit): string {
  return withinSearchTime([edit.regexp, edit.insertafter, edit.insertbefore], () =>
    edit.state === 'absent' ? withoutLines(text, edit) : withLine(text, edit),
  )
}

function withoutLines(text: string, edit: LineEdit): string {
  const matches = edit.regexp === undefined && edit.search_string === undefined ? isLine(edit) : finder(edit)
  return splitLines(text)
    .filter((line) => !matches(line))
    .join('')
}

function withLine(text: string, edit: LineEdit): string {
  const lines = splitLines(text)
  const matched = position(lines, finder(edit), edit.firstmatch)
  // Without a match there is nothing a back reference could refer to, so there is no line to write.
  if (matched < 0 && edit.backrefs) return text
  const at = matched >= 0 ? matched : exactLine(lines, edit)
  return at >= 0 ? lines.with(at, newLine(lines[at] ?? '', edit)).join('') : inserted(lines, edit)
}

function isLine({ line = '' }: LineEdit): (candidate: string) => boolean {
  return (candidate) => candidate.replace(/[\r\n]+$/, '') === line
}

/** With `firstmatch` the search for the very line ends where the new one would go, so that one further on does not count. */
function exactLine(lines: readonly string[], edit: LineEdit): number {
  const pattern = edit.firstmatch ? placePattern(edit) : undefined
  const isExact = isLine(edit)
  const place = pattern === undefined ? -1 : lines.findIndex((line) => matcher(pattern)(line) && !isExact(line))
  return lines.slice(0, place < 0 ? lines.length : place).findLastIndex(isExact)
}

function placePattern({ insertafter, insertbefore }: LineEdit): string | undefined {
  return insertafter === 'EOF' ? undefined : (insertafter ?? insertbefore)
}

function finder({ regexp, search_string }: LineEdit): (line: string) => boolean {
  if (regexp !== undefined) return matcher(regexp)
  return (line) => search_string !== undefined && line.includes(search_string)
}

function position(lines: readonly string[], matches: (line: string) => boolean, first: boolean): number {
  return first ? lines.findIndex(matches) : lines.findLastIndex(matches)
}

function newLine(old: string, { line = '', regexp = '', backrefs }: LineEdit): string {
  const match = backrefs ? translatePattern(regexp).exec(old) : null
  const fresh = match ? expandReplacement(line, match) : line
  return fresh.endsWith('\n') ? fresh : `${fresh}\n`
}

function inserted(lines: readonly string[], edit: LineEdit): string {
  const { line = '', insertafter, insertbefore } = edit
  if (insertafter === 'BOF' || insertbefore === 'BOF') return [`${line}\n`, ...lines].join('')
  const at = insertionPoint(lines, edit)
  if (insertafter !== undefined && insertafter !== 'EOF' && at < lines.length && isLine(edit)(lines[at] ?? '')) return lines.join('')
  const before = lines.slice(0, at).map((each) => (each.endsWith('\n') ? each : `${each}\n`))
  return [...before, `${line}\n`, ...lines.slice(at)].join('')
}

function insertionPoint(lines: readonly string[], edit: LineEdit): number {
  const pattern = placePattern(edit)
  const at = pattern === undefined ? -1 : position(lines, matcher(pattern), edit.firstmatch)
  if (at < 0) return lines.length
  return edit.insertafter === undefined ? at : at + 1
}

function matcher(pattern: string): (line: string) => boolean {
  const translated = translatePattern(pattern)
  return (line) => line.search(translated) >= 0
}
