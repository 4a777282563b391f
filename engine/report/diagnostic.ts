import type { Diagnostic } from '../core/diagnostic.ts'
import { type Origin, showOrigin } from '../core/origin.ts'
import { escapeLine } from './escape.ts'
import { type Line, styled } from './line.ts'

/** Gives the text of one line of a document, or nothing where it cannot or must not be shown. */
export type ReadLine = (file: string, line: number) => string | undefined

interface Rendering {
  readonly level: 'error' | 'warning'
  readonly readLine: ReadLine
}

/** The diagnostic as a person reads it: what is wrong, where, the place underlined, what else was seen, what to do. */
export function diagnosticLines(diagnostic: Diagnostic, { level, readLine }: Rendering): readonly Line[] {
  const { code, message, origin, detail, help, related = [] } = diagnostic
  const gutter = ' '.repeat(gutterColumns(origin))
  return [
    [styled(level === 'error' ? 'bad' : 'changed', `${level}[${code}]`), styled('strong', `: ${message}`)],
    ...(origin ? place(origin, { gutter, readLine }) : []),
    ...related.map((other): Line => [`${gutter} = `, styled('strong', 'note'), `: ${other.message} at ${showOrigin(other.origin)}`]),
    ...remark('detail', detail, gutter),
    ...remark('help', help, gutter),
  ]
}

/** Each diagnostic followed by an empty line, as they stand between other output. */
export function diagnosticsBlock(diagnostics: readonly Diagnostic[], rendering: Rendering): readonly Line[] {
  return [[], ...diagnostics.flatMap((diagnostic) => [...diagnosticLines(diagnostic, rendering), []])]
}

function gutterColumns(origin: Origin | undefined): number {
  return Math.max(2, String(origin?.line ?? 0).length)
}

function place(origin: Origin, { gutter, readLine }: { gutter: string; readLine: ReadLine }): readonly Line[] {
  const arrow: Line = [gutter, styled('place', '--> '), showOrigin(origin)]
  const source = readLine(origin.file, origin.line)
  if (source === undefined) return [arrow]
  const { text, pad, marks } = underlined(source, origin)
  const number = String(origin.line).padStart(gutter.length)
  return [
    arrow,
    [styled('place', `${gutter} |`)],
    [styled('place', `${number} |`), ` ${text}`],
    [styled('place', `${gutter} |`), ` ${pad}`, styled('bad', marks)],
  ]
}

/** Escaping makes text longer, so what comes before the marks and what they cover are measured after it. */
function underlined(source: string, { column, length = 1 }: Origin): { text: string; pad: string; marks: string } {
  const [before, marked, after] = [
    source.slice(0, column - 1),
    source.slice(column - 1, column - 1 + length),
    source.slice(column - 1 + length),
  ]
  const skipped = Math.max(0, before.length - LONGEST_BEFORE)
  const lead = (skipped > 0 ? '…' : '') + shownSource(before.slice(skipped))
  const text = lead + shownSource(marked) + shownSource(after)
  const room = Math.max(0, LONGEST_SOURCE - lead.length)
  return {
    text: text.length > LONGEST_SOURCE ? `${text.slice(0, LONGEST_SOURCE)}…` : text,
    pad: ' '.repeat(lead.length),
    marks: '^'.repeat(Math.max(1, Math.min(room, shownSource(marked).length))),
  }
}

function shownSource(text: string): string {
  return escapeLine(text.replaceAll('\t', ' '))
}

const LONGEST_BEFORE = 80
const LONGEST_SOURCE = 120

function remark(word: string, text: string | undefined, gutter: string): readonly Line[] {
  if (text === undefined || text === '') return []
  const [first = '', ...rest] = text.split('\n')
  const indent = ' '.repeat(gutter.length + word.length + 5)
  return [[`${gutter} = `, styled('strong', word), `: ${first}`], ...rest.map((line): Line => [indent, line])]
}
