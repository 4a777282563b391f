/** A word of a line, quotes removed, with the place in the line that each of its characters came from. */
export interface ShellWord {
  readonly text: string
  readonly places: readonly number[]
}

/** Why a line cannot be divided into words, and where. */
export class BadQuoting extends Error {
  readonly place: number

  constructor(message: string, place: number) {
    super(message)
    this.place = place
  }
}

/**
 * Divides a line into words as a POSIX shell does, up to a `#` outside quotes (even one inside a word, as Ansible's
 * splitter has it). Throws `BadQuoting`.
 */
export function shellWords(line: string): readonly ShellWord[] {
  const words: ShellWord[] = []
  let at = 0
  while (at < line.length) {
    const char = line[at] as string
    if (char === '#') break
    if (SPACE.test(char)) at += 1
    else {
      const { word, end } = wordAt(line, at)
      words.push(word)
      at = end
    }
  }
  return words
}

const SPACE = /[ \t\r\n]/

function wordAt(line: string, start: number): { readonly word: ShellWord; readonly end: number } {
  const places: number[] = []
  const take = (place: number) => void places.push(place)
  let at = start
  while (at < line.length && !END.test(line[at] as string)) at = piece(line, { at, take })
  const text = places.map((place) => line[place]).join('')
  return { word: { text, places: [...places, at] }, end: at }
}

const END = /[ \t\r\n#]/

interface Piece {
  readonly at: number
  readonly take: (place: number) => void
}

/** Takes a quoted part, an escaped character or a plain one, and returns the place after it. */
function piece(line: string, { at, take }: Piece): number {
  const char = line[at]
  if (char === '"' || char === "'") return quoted(line, { at, take })
  const place = char === '\\' ? at + 1 : at
  if (place >= line.length) throw new BadQuoting('the line ends in a backslash', at)
  take(place)
  return place + 1
}

/** Takes what stands in quotes. In double quotes a backslash escapes a quote and itself. */
function quoted(line: string, { at: open, take }: Piece): number {
  const quote = line[open]
  const escaped = quote === '"' ? /\\["\\]/y : /(?!)/y
  let at = open + 1
  while (at < line.length && line[at] !== quote) {
    escaped.lastIndex = at
    if (escaped.test(line)) at += 1
    take(at)
    at += 1
  }
  if (at >= line.length) throw new BadQuoting('a quote is opened and never closed', open)
  return at + 1
}
