/**
 * What a host printed, or a user wrote, on one line: characters that could drive, hide in or reorder a terminal (control
 * codes, ANSI, bidirectional and invisible marks) are shown as their codes.
 */
export function escapeLine(text: string): string {
  return text.replace(DRIVING, shownCode)
}

/** The same for text of several lines: line ends and tabs keep their meaning. */
export function escapeText(text: string): string {
  return text.replace(DRIVING, (character) => (character === '\n' || character === '\t' ? character : shownCode(character)))
}

/** The same for finished JSON: the codes are those of JSON, so a parser still reads the original. */
export function escapeJson(json: string): string {
  return json.replace(DRIVING, (character) => (character === '\n' ? character : jsonCode(character)))
}

/** Control, format (bidirectional, zero width, tags), lone halves of pairs, and the two separators editors treat as line ends. */
const DRIVING = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

function shownCode(character: string): string {
  const named = NAMED.get(character)
  if (named !== undefined) return named
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

const NAMED = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function jsonCode(character: string): string {
  return Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')
}
