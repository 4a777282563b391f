/**
 * The lines of a text without their ends, wherever Ansible's `stdout_lines` would end one. Of more lines than a person means, the
 * last one holds all the rest: a host can print 128 MB of them, and as many texts would fill the memory of the controller.
 */
export function linesOf(text: string, most = MOST_LINES): readonly string[] {
  const lines = text.length < most ? text.split(LINE_END) : firstLines(text, most)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

const MOST_LINES = 1_000_000

function firstLines(text: string, most: number): readonly string[] {
  const lines: string[] = []
  const end = new RegExp(LINE_END, 'g')
  let start = 0
  while (lines.length < most - 1) {
    const found = end.exec(text)
    if (!found) break
    lines.push(text.slice(start, found.index))
    start = end.lastIndex
  }
  return [...lines, text.slice(start)]
}

/** What a probe printed as `key=value`, one a line; the last one of a key counts, and other lines are passed over. */
export function keyValues(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\n').flatMap((line): [string, string][] => {
    const end = line.indexOf('=')
    return end > 0 ? [[line.slice(0, end), line.slice(end + 1)]] : []
  })
  return new Map(pairs)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the line ends Python knows
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/
