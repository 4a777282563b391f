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
  takeNote()
  let shown = text
  for (const form of longestFirst) shown = shown.replaceAll(form, '<secret>')
  const isPiece = (word: string) => pieces.has(word.slice(0, PIECE)) || pieces.has(word.slice(-PIECE))
  return pieces.size === 0 ? shown : shown.replace(BASE64, (word) => (isPiece(word) ? '<secret>' : word))
}

const noted = new Set<string>()
const forms = new Set<string>()
let longestFirst: readonly string[] = []
/** Eight letters in a row of the base64 of a value, since programs break it into lines. */
const pieces = new Set<string>()

/** Works out once for each value what it looks like. */
function takeNote(): void {
  if (noted.size === known.size) return
  for (const value of known) {
    if (noted.has(value)) continue
    noted.add(value)
    for (const form of formsOf(value)) forms.add(form)
    for (const piece of piecesOf(value)) pieces.add(piece)
  }
  longestFirst = [...forms].sort((a, b) => b.length - a.length)
}

function formsOf(value: string): readonly string[] {
  const plain = [value, value.trim(), ...value.split('\n')]
  const escaped = plain.map(inJson)
  return [
    ...[...plain, ...escaped, ...escaped.map(inJson), base64(value)].filter(({ length }) => length >= SHORTEST_MASKED),
    ...[0, 1, 2].map((before) => base64Within(value.trim(), before)).filter(({ length }) => length >= PIECE),
  ]
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Letters of base64 that say only a part of a value; fewer might be an ordinary word. */
const PIECE = 8
/** Not the `n` of a line break that JSON has escaped. */
const BASE64 = /(?<!\\)[A-Za-z0-9+/]{8,}/g

/** Every piece that a line may begin or end with: lines hold whole groups of four letters. */
function piecesOf(value: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const letters = base64Within(value.trim(), before)
    const first = (4 - (lettersFor(before) % 4)) % 4
    const count = Math.max(0, Math.floor((letters.length - first - PIECE) / 4) + 1)
    return Array.from({ length: count }, (_, i) => letters.slice(first + 4 * i, first + 4 * i + PIECE))
  })
}

/** What a value looks like in the base64 of a longer text, where so many bytes of its first group of three come before it. */
function base64Within(value: string, before: number): string {
  const bytes = Buffer.from(value)
  const letters = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
  return letters.slice(lettersFor(before), Math.floor(((before + bytes.length) * 4) / 3))
}

/** How many letters of base64 hold anything of so many bytes. */
function lettersFor(bytes: number): number {
  return Math.ceil((bytes * 4) / 3)
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64').replace(/=+$/, '')
}
