import type { ScalarNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { sourceText } from '../source/read.ts'

/** A piece of a text that a problem is about. */
export interface Span {
  /** Characters before it. */
  readonly offset: number
  readonly length: number
}

/** Where a text stands, so that a problem inside it can be pointed at. */
export type Place = (span: Span) => Origin

/** The place of a whole file. */
export function placeInFile(file: string, text: string): Place {
  return ({ offset, length }) => advance({ file, line: 1, column: 1 }, text.slice(0, offset), length)
}

/**
 * The place of a scalar's text in its document. Quotes, escapes, indentation and folding make the text differ from what was
 * written, so the piece is found again in the source: as its nth occurrence after the scalar's beginning.
 */
export function placeInScalar(node: ScalarNode): Place {
  const text = String(node.value)
  return ({ offset, length }) => {
    const { origin } = node
    const source = sourceText(origin.file)
    if (source === undefined) return origin
    const start = offsetAt(source, { line: origin.line, column: origin.column - 1 })
    const piece = text.slice(offset, offset + length)
    const written = nthIndex(source, piece, { count: occurrencesBefore(text, piece, offset), from: start })
    return written < 0 ? origin : advance(origin, source.slice(start, written), length)
  }
}

/** How far a line and column, as parsers count them, are into a text; lines from 1, columns from 0. */
export function offsetAt(text: string, place: { readonly line: number; readonly column: number }): number {
  let start = 0
  for (let line = 1; line < place.line; line++) start = text.indexOf('\n', start) + 1
  return start + place.column
}

function advance(origin: Origin, before: string, length: number): Origin {
  const lines = before.split('\n')
  const last = lines.at(-1) ?? ''
  const column = lines.length === 1 ? origin.column + last.length : last.length + 1
  return { file: origin.file, line: origin.line + lines.length - 1, column, length }
}

function occurrencesBefore(text: string, piece: string, offset: number): number {
  let count = 0
  for (let i = text.indexOf(piece); i >= 0 && i < offset; i = text.indexOf(piece, i + 1)) count++
  return count
}

function nthIndex(text: string, piece: string, { count, from }: { readonly count: number; readonly from: number }): number {
  let index = piece === '' ? -1 : text.indexOf(piece, from)
  for (let i = 0; i < count && index >= 0; i++) index = text.indexOf(piece, index + 1)
  return index
}
