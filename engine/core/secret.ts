import { inspect } from 'node:util'

/**
 * A value that never prints. Template literals, String, JSON, inspect and spreading all give its name;
 * `reveal` is the only way out, so every use can be found by searching for it.
 */
export class Secret {
  readonly name: string
  readonly #value: string

  constructor(name: string, value: string) {
    this.name = name
    this.#value = value
    known.add(value)
  }

  /**
   * A text made by putting secrets between other words. It never prints either, but is not itself blanked out of other
   * texts: the secrets in it are, and its ordinary lines may stand elsewhere too.
   */
  static around(secrets: readonly Secret[], value: string): Secret {
    const isKnown = known.has(value)
    const secret = new Secret([...new Set(secrets.map(({ name }) => name))].join('+'), value)
    if (!isKnown) known.delete(value)
    return secret
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return `<secret ${this.name}>`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

const known = new Set<string>()

/** Shorter values would blank out ordinary words, and protect little. */
const SHORTEST_MASKED = 4

/**
 * The text with every secret value of this process blanked out, also where it appears line by line, in base64 (in lines as well),
 * or as JSON would escape it, once or in a JSON text within another. Whatever leaves the process (screen, journal, error) passes
 * through here.
 */
export function redact(text: string): string {
  const { whole, pieces } = forms()
  let shown = text
  for (const form of whole) shown = shown.replaceAll(form, '<secret>')
  if (pieces.size === 0) return shown
  const isPiece = (word: string) => pieces.has(word.slice(0, SHORTEST_WITHIN)) || pieces.has(word.slice(-SHORTEST_WITHIN))
  return shown.replace(BASE64, (word) => (isPiece(word) ? '<secret>' : word))
}

interface Forms {
  readonly count: number
  /** The longest first. */
  readonly whole: readonly string[]
  /** Each eight letters in a row of the base64 of a value: a program may break it into lines wherever it likes. */
  readonly pieces: ReadonlySet<string>
}

let formsOf: Forms = { count: 0, whole: [], pieces: new Set() }

function forms(): Forms {
  if (formsOf.count === known.size) return formsOf
  const within = [...known].flatMap((value) => base64Within(value.trim())).filter(({ length }) => length >= SHORTEST_WITHIN)
  const whole = new Set([...[...known].flatMap(formsOfOne), ...within])
  formsOf = { count: known.size, whole: [...whole].sort((a, b) => b.length - a.length), pieces: new Set(within.flatMap(piecesOf)) }
  return formsOf
}

function formsOfOne(value: string): readonly string[] {
  const plain = [value, value.trim(), ...value.split('\n')]
  const escaped = plain.map(inJson)
  return [...plain, ...escaped, ...escaped.map(inJson), base64(value)].filter(({ length }) => length >= SHORTEST_MASKED)
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Letters of base64 that say only a part of a value; fewer might be an ordinary word. */
const SHORTEST_WITHIN = 8
const BASE64 = /[A-Za-z0-9+/]{8,}/g

function piecesOf(letters: string): readonly string[] {
  return Array.from({ length: letters.length - SHORTEST_WITHIN + 1 }, (_, i) => letters.slice(i, i + SHORTEST_WITHIN))
}

/** What a value looks like in the base64 of a longer text: three ways, by where in a group of three bytes it begins. */
function base64Within(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2].map((before) => {
    const letters = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return letters.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3))
  })
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64').replace(/=+$/, '')
}
