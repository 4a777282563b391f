/** What a stretch of text is; its colour only repeats what the words already say. */
export type Style = 'good' | 'changed' | 'bad' | 'dim' | 'strong' | 'place'

export interface Piece {
  readonly text: string
  readonly style: Style
}

/** One line on its way to the screen, still unescaped and unpainted. */
export type Line = readonly (string | Piece)[]

/** The same text, marked for what it is. */
export function styled(style: Style, text: string): Piece {
  return { text, style }
}

/** The text with the terminal's codes around it. */
export function paint(style: Style, text: string): string {
  return `\u001b[${CODES[style]}m${text}\u001b[0m`
}

const CODES: Readonly<Record<Style, string>> = { good: '32', changed: '33', bad: '31;1', dim: '2', strong: '1', place: '34' }

/** The column in which every verb ends. */
export const VERB_COLUMNS = 12
