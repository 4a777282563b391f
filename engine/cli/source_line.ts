import { sourceText } from '../source/read.ts'

/**
 * A line of a document that was read, for showing where a problem is. Documents that hold sealed or secret values give no
 * line, and neither does a line whose key sounds like a secret: their content must not reach a screen or a log.
 */
export function readSourceLine(file: string, line: number): string | undefined {
  const text = sourceText(file)
  if (text === undefined || HOLDS_SECRETS.test(text)) return undefined
  const shown = text.split('\n', line)[line - 1]?.replace(/\r$/, '')
  return shown === undefined || SOUNDS_SECRET.test(shown) ? undefined : shown
}

const HOLDS_SECRETS = /!secret\b|-----BEGIN [A-Z ]+-----/
const SOUNDS_SECRET = /(pass(word|phrase|wd)?|secret|token|mnemonic|private_?key|credentials?)["']?\s*[:=]\s*\S/i
