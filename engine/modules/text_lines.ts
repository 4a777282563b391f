/** The lines of a text without their ends, wherever Ansible's `stdout_lines` would end one. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(LINE_END)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
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
