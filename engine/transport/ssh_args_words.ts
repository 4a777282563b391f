/** Cuts a line into words as a shell would, quotes and backslashes understood, nothing expanded; undefined if a quote is not closed. */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] as string
    const escapes = sign === '\\' && quote !== "'" && at + 1 < line.length
    if (escapes) word = (word ?? '') + line[++at]
    else if (quote ? sign === quote : sign === '"' || sign === "'") {
      quote = quote ? '' : sign
      word ??= ''
    } else if (!quote && /\s/.test(sign)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + sign
  }
  if (quote) return undefined
  return word === undefined ? words : [...words, word]
}
