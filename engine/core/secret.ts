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
 * The text with every secret value of this process blanked out, also where it appears line by line, in base64,
 * or as JSON would escape it. Whatever leaves the process (screen, journal, error) passes through here.
 */
export function redact(text: string): string {
  let shown = text
  for (const form of forms()) shown = shown.replaceAll(form, '<secret>')
  return shown
}

let formsOf: { readonly count: number; readonly list: readonly string[] } = { count: 0, list: [] }

function forms(): readonly string[] {
  if (formsOf.count === known.size) return formsOf.list
  const list = new Set([...known].flatMap(formsOfOne))
  formsOf = { count: known.size, list: [...list].sort((a, b) => b.length - a.length) }
  return formsOf.list
}

function formsOfOne(value: string): readonly string[] {
  const whole = [value, value.trim(), ...value.split('\n'), JSON.stringify(value).slice(1, -1), base64(value)]
  return [
    ...whole.filter(({ length }) => length >= SHORTEST_MASKED),
    ...base64Within(value.trim()).filter(({ length }) => length >= SHORTEST_WITHIN),
  ]
}

/** Letters of base64 that say only a part of a value; fewer might be an ordinary word. */
const SHORTEST_WITHIN = 8

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
