import { reject } from '../core/diagnostic.ts'
import { readText } from '../source/read.ts'
import type { Pattern } from './select.ts'

/** The patterns given after `--limit`; `@file` stands for one pattern on each line of the file, `#` begins a comment. Rejects a file that cannot be read or names nothing. */
export function limitPatterns(texts: readonly string[]): readonly Pattern[] {
  return texts.flatMap((text) =>
    text.startsWith('@') ? linesOf(text.slice(1)) : [{ text, origin: { file: `--limit ${text}`, line: 1, column: 1 } }],
  )
}

/** Within a word, `#` is a part of it. */
const COMMENT = /(?:^|\s)#.*$/

function linesOf(file: string): readonly Pattern[] {
  const patterns = readText(file)
    .split(/\r?\n/)
    .map((line, i) => ({ text: line.replace(COMMENT, '').trim(), origin: { file, line: i + 1, column: 1 } }))
    .filter(({ text }) => text !== '')
  // No pattern at all would be no limit at all.
  if (patterns.length === 0) {
    reject({
      code: 'no-hosts',
      message: `the file of \`--limit @${file}\` names no host`,
      help: 'write one on each line, or leave the flag out',
    })
  }
  return patterns
}
