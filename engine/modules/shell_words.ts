import { type Script, sh } from '../core/script.ts'

/** The words of a command line, with quotes and backslashes understood as a POSIX shell does and nothing expanded. Throws on an open quote. */
function splitWords(command: string): readonly string[] {
  const words: string[] = []
  let rest = command.trimStart()
  while (rest !== '') {
    const [word, length] = readWord(rest)
    words.push(word)
    rest = rest.slice(length).trimStart()
  }
  return words
}

/** What is wrong with a `validate` command, one sentence each. */
export function validateProblems(command: string | undefined): readonly string[] {
  if (command === undefined) return []
  if (!command.includes('%s')) return ['`validate` must hold `%s`, which stands for the file to judge']
  try {
    splitWords(command)
    return []
  } catch {
    return ['`validate` has a quote that is not closed']
  }
}

/** The command as a script that no shell expands, with the word `file` in the place of `%s`; `%%` is a percent sign. */
export function commandWith(command: string, file: Script): Script {
  const words = splitWords(command).map((word) =>
    word.split(/(%%|%s)/).reduce((before, piece) => sh`${before}${piece === '%s' ? file : sh`${piece === '%%' ? '%' : piece}`}`, sh``),
  )
  return words.reduce((before, word, i) => (i === 0 ? word : sh`${before} ${word}`), sh``)
}

const PIECE = /^(?:'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+))/

function readWord(text: string): readonly [string, number] {
  let [word, length] = ['', 0]
  while (length < text.length && !/^\s/.test(text.slice(length))) {
    const found = PIECE.exec(text.slice(length))
    if (!found) throw new SyntaxError('a quote is not closed')
    const [all, single, double, escaped, bare] = found
    word += single ?? double?.replace(/\\([$`"\\\n])/g, '$1') ?? escaped ?? bare ?? ''
    length += all.length
  }
  return [word, length]
}
