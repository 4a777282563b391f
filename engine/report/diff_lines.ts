import type { Change } from '../core/module.ts'
import { type DiffLine, unifiedDiff } from './diff.ts'
import { type Line, type Style, styled, VERB_COLUMNS } from './line.ts'

/** A change's text difference, indented below its line; nothing where the change holds no text. */
export function diffLines({ what, text }: Change): readonly Line[] {
  if (text === undefined) return []
  return [[INDENT, styled('strong', what)], ...unifiedDiff(text.before, text.after).map(shown)]
}

const INDENT = ' '.repeat(VERB_COLUMNS + 1)

function shown({ kind, text }: DiffLine): Line {
  const line = `${SIGNS[kind]}${text.replaceAll('\t', '  ')}`
  const style = STYLES[kind]
  return [INDENT, style === undefined ? line : styled(style, line)]
}

const SIGNS: Readonly<Record<DiffLine['kind'], string>> = { same: '  ', added: '+ ', removed: '− ', gap: '  ' }
const STYLES: Readonly<Partial<Record<DiffLine['kind'], Style>>> = { added: 'good', removed: 'bad', gap: 'dim' }
