/** Cuts a line into words as a shell would, quotes and backslashes understood, nothing expanded; undefined if a quote is not closed. */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = []
  let at = line.search(/\S|$/)
  while (at < line.length) {
    WORD.lastIndex = at
    const [word] = WORD.exec(line) ?? []
    if (word === undefined || /\S/.test(line.charAt(at + word.length))) return undefined
    words.push(word.replace(PART, unquoted))
    at += word.length
    at += line.slice(at).search(/\S|$/)
  }
  return words
}

const WORD = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/sy
const PART = /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs

function unquoted(_: string, escaped?: string, double?: string, single?: string): string {
  return escaped ?? double?.replace(/\\(.)/gs, '$1') ?? single ?? ''
}
