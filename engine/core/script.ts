import { Content } from './content.ts'
import { reject } from './diagnostic.ts'

/** Shell text that was written through `sh`, so that every value in it is quoted. */
export class Script {
  readonly parts: readonly (string | Content)[]

  constructor(parts: readonly (string | Content)[]) {
    this.parts = parts
  }

  /** The script as a person may read it; content is named, not shown. */
  get text(): string {
    return this.parts.map(String).join('')
  }

  toString(): string {
    return this.text
  }
}

/** What may stand in a script. A `Secret` may not: wrap it in `Content`, which travels on the shell's stdin. */
export type Word = string | number | Script | Content | readonly (string | number)[]

/**
 * Writes a script: literal text stays shell, each `${value}` becomes one quoted word (an array, several), a `Script` is
 * inserted as it is, and a `Content` becomes a command that prints its bytes: sh`${content} > ${path}`.
 */
export function sh(literals: TemplateStringsArray, ...words: readonly Word[]): Script {
  const parts: (string | Content)[] = []
  literals.forEach((literal, i) => {
    append(parts, literal)
    const word = words[i]
    if (word instanceof Script) for (const part of word.parts) append(parts, part)
    else if (word !== undefined) append(parts, shown(word))
  })
  return new Script(parts)
}

/** The scripts one after the other, a line each; a failing one does not stop the next. */
export function lines(scripts: readonly Script[]): Script {
  const all: (string | Content)[] = []
  for (const [i, { parts }] of scripts.entries()) {
    if (i > 0) append(all, '\n')
    for (const part of parts) append(all, part)
  }
  return new Script(all)
}

/** Neighbouring text becomes one part: scripts are put together from many pieces, for every task of every host. */
function append(parts: (string | Content)[], part: string | Content): void {
  const last = parts.at(-1)
  if (typeof last === 'string' && typeof part === 'string') parts[parts.length - 1] = last + part
  else parts.push(part)
}

/** Shell text from the user, taken as it is: the one gap in the quoting, for `shell` and its like. */
export function verbatim(text: string): Script {
  return new Script([text])
}

function shown(word: Exclude<Word, Script>): string | Content {
  if (word instanceof Content) return word
  return Array.isArray(word) ? word.map(quote).join(' ') : quote(word as string | number)
}

/** One shell word that stands for exactly this text. Rejects a NUL byte, which no shell word can hold; it may come from a host. */
export function quote(word: string | number): string {
  const text = String(word)
  if (text.includes('\0'))
    reject({
      code: 'nul-byte',
      message: 'a NUL byte stands in a value that would become a word of a shell command, and no such word can hold one',
      help: 'find the value, perhaps the output of a host that was registered, and take the byte out; `copy` with `content` can write it',
    })
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

const PLAIN = /^[\w@%+:,./-]+$/
