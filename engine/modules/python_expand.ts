import { PatternError } from './python_pattern.ts'

/** Fills the match's groups into a replacement as Python writes it: `\1`, `\g<1>`, `\g<name>`, `\n`. Throws a `PatternError`. */
export function expandReplacement(replacement: string, match: RegExpMatchArray): string {
  return replacement.replace(
    /\\(?:g<([^>]*)>|([1-9]\d?)|(0[0-7]{0,2})|([\s\S]))/g,
    (text, named?: string, numbered?: string, octal?: string, letter?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      if (letter !== undefined) return unescaped(letter)
      return group(named ?? numbered ?? '', match, text)
    },
  )
}

/** What is wrong with a replacement for this pattern, one sentence each. */
export function replacementProblems(param: string, replacement: string, pattern: RegExp): readonly string[] {
  // An empty alternative always matches, so this match has all the groups of the pattern and no text.
  const match = new RegExp(`${pattern.source}|`, 'u').exec('')
  try {
    if (match) expandReplacement(replacement, match)
    return []
  } catch (error) {
    if (error instanceof PatternError) return [`\`${param}\`: ${error.message}`]
    throw error
  }
}

const LETTERS: { readonly [letter: string]: string } = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' }

function unescaped(letter: string): string {
  const known = LETTERS[letter]
  if (known !== undefined) return known
  if (/[A-Za-z]/.test(letter)) throw new PatternError(`the escape \`\\${letter}\` means nothing in a replacement`)
  return `\\${letter}`
}

function group(name: string, match: RegExpMatchArray, text: string): string {
  const isNumber = /^\d+$/.test(name)
  const exists = isNumber ? Number(name) < match.length : match.groups !== undefined && Object.hasOwn(match.groups, name)
  if (!exists) throw new PatternError(`\`${text}\` names a group the pattern does not have`)
  return (isNumber ? match[Number(name)] : match.groups?.[name]) ?? ''
}
