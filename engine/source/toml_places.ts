import type { Origin } from '../core/origin.ts'

/** Where keys and values stand in a TOML text, by their path; tables of an array are numbered. */
export interface Places {
  readonly keyAt: (path: readonly string[]) => Origin | undefined
  readonly valueAt: (path: readonly string[]) => Origin | undefined
}

/** The places of all tables and of the keys that begin a line. The library gives none. */
export function placesOf(text: string, file: string): Places {
  const keys = new Map<string, Origin>()
  const values = new Map<string, Origin>()
  const counts = new Map<string, number>()
  let table: readonly string[] = []
  for (const [i, line] of withoutLongTexts(text).split('\n').entries()) {
    const at = (column: number): Origin => ({ file, line: i + 1, column: column + 1 })
    const [, open = '', name] = HEADER.exec(line) ?? []
    if (name !== undefined) {
      table = numbered(parts(name), { counts, isArray: open.trim() === '[[' })
      for (const places of [keys, values]) remember(places, { path: table, origin: at(open.length) })
      continue
    }
    const [pair = '', indent = '', key] = PAIR.exec(line) ?? []
    if (key === undefined) continue
    const path = [...table, ...parts(key)]
    remember(keys, { path, origin: at(indent.length) })
    remember(values, { path, origin: at(pair.length) })
  }
  return { keyAt: (path) => keys.get(JSON.stringify(path)), valueAt: (path) => values.get(JSON.stringify(path)) }
}

const KEY = String.raw`(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')`
const DOTTED = String.raw`${KEY}(?:\s*\.\s*${KEY})*`
const HEADER = new RegExp(String.raw`^(\s*\[\[?\s*)(${DOTTED})\s*\]`)
const PAIR = new RegExp(String.raw`^(\s*)(${DOTTED})\s*=\s*`)

/** The text with every multi-line string blanked, so that a line in one is not taken for a key. */
function withoutLongTexts(text: string): string {
  return text.replace(/"""[\s\S]*?"""|'''[\s\S]*?'''/g, (long) => long.replace(/[^\n]/g, ' '))
}

function parts(dotted: string): readonly string[] {
  return [...dotted.matchAll(new RegExp(KEY, 'g'))].map(([key]) => {
    if (key.startsWith("'")) return key.slice(1, -1)
    return key.startsWith('"') ? unescaped(key) : key
  })
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted.slice(1, -1)
  }
}

interface Counting {
  readonly counts: Map<string, number>
  readonly isArray: boolean
}

/** The path of a table with the number of the entry it stands for after each array of tables in it. */
function numbered(names: readonly string[], { counts, isArray }: Counting): readonly string[] {
  const path: string[] = []
  names.forEach((name, i) => {
    path.push(name)
    const key = JSON.stringify(path)
    const isNew = isArray && i === names.length - 1
    const count = counts.get(key)
    if (isNew) counts.set(key, (count ?? -1) + 1)
    const number = counts.get(key)
    if (number !== undefined) path.push(String(number))
  })
  return path
}

/** Keeps the place of a path and, if they are new, of the paths that lead to it. */
function remember(places: Map<string, Origin>, { path, origin }: { readonly path: readonly string[]; readonly origin: Origin }): void {
  places.set(JSON.stringify(path), origin)
  for (let length = path.length - 1; length > 0; length--) {
    const key = JSON.stringify(path.slice(0, length))
    if (!places.has(key)) places.set(key, origin)
  }
}
