import { type Script, quote, sh, verbatim } from '../core/script.ts'

/**
 * The words of a command line as Ansible's `command` splits them: quotes and backslashes as in a POSIX shell, except that
 * in double quotes a backslash is special only before `"` and `\`. Throws a `SyntaxError` on a quote that is not closed.
 */
export function splitCommand(text: string): readonly string[] {
  const words: string[] = []
  let rest = text.trimStart()
  while (rest !== '') {
    const { word, length } = readWord(rest)
    words.push(word)
    rest = rest.slice(length).trimStart()
  }
  return words
}

/** The words quoted for the shell, in which only `$NAME`, `${NAME}` and a leading `~` still mean something; a variable the host does not have stays as written. */
export function expandable(words: readonly string[]): Script {
  return words.map(expandableWord).reduce((before, word, i) => (i === 0 ? word : sh`${before} ${word}`), sh``)
}

/** A word that still stands for every path it matches, with `*`, `?` and `[…]` as in a shell. */
export function globWord(pattern: string): Script {
  const pieces = pattern.split(/([*?[\]!-]+)/)
  return verbatim(pieces.map((piece, i) => (i % 2 === 1 || piece === '' ? piece : quote(piece))).join(''))
}

const PIECE = /^(?:'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+))/

function readWord(text: string): { readonly word: string; readonly length: number } {
  let [word, length] = ['', 0]
  while (length < text.length && !/^\s/.test(text.slice(length))) {
    const found = PIECE.exec(text.slice(length))
    if (!found) throw new SyntaxError('a quote or backslash is left open')
    const [all, single, double, escaped, bare] = found
    word += single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? bare ?? ''
    length += all.length
  }
  return { word, length }
}

const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g
const HOME = /^(~[A-Za-z_][\w.-]*|~)(?=\/|$)/

function expandableWord(word: string): Script {
  const home = HOME.exec(word)?.[0] ?? ''
  const rest = word.slice(home.length)
  let text = home
  let end = 0
  for (const found of rest.matchAll(VARIABLE)) {
    text += literal(rest.slice(end, found.index), text)
    text += `"\${${found[1] ?? found[2]}-${found[0].replace('$', '\\$').replace('}', '\\}')}}"`
    end = found.index + found[0].length
  }
  return verbatim(text + literal(rest.slice(end), text))
}

/** Quoted; after a home directory the slash must stay bare, or the shell would not see where its name ends. */
function literal(piece: string, before: string): string {
  if (piece === '') return before === '' ? "''" : ''
  return before.startsWith('~') && piece.startsWith('/') ? `/${piece === '/' ? '' : quote(piece.slice(1))}` : quote(piece)
}
