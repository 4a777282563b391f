/** One line of `/etc/fstab`. */
export interface FstabEntry {
  readonly src: string
  readonly path: string
  readonly fstype: string
  readonly opts: string
  readonly dump: string
  readonly passno: string
}

/** The text with exactly this one entry for its mount point, where the first one stood or at the end. */
export function withEntry(text: string, entry: FstabEntry): string {
  const rows = rowsOf(text)
  const mine = rows.map((row) => isFor(readEntry(row), entry.path))
  const first = mine.indexOf(true)
  const line = showEntry(entry)
  if (first < 0) return textOf([...rows, line])
  return textOf(rows.map((row, i) => (i === first ? line : row)).filter((_row, i) => i === first || !mine[i]))
}

export function withoutEntry(text: string, path: string): string {
  const rows = rowsOf(text)
  const others = rows.filter((row) => !isFor(readEntry(row), path))
  return others.length === rows.length ? text : textOf(others)
}

/** A field as the kernel and fstab write it, read. */
export function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function readEntry(row: string): FstabEntry | undefined {
  const [src, path, fstype, opts = 'defaults', dump = '0', passno = '0'] = row.trim().split(/\s+/)
  if (!src || src.startsWith('#') || path === undefined || fstype === undefined) return undefined
  return { src: unescaped(src), path: unescaped(path), fstype, opts, dump, passno }
}

function isFor(entry: FstabEntry | undefined, path: string): boolean {
  return entry !== undefined && entry.path === path
}

function showEntry({ src, path, fstype, opts, dump, passno }: FstabEntry): string {
  return [escaped(src), escaped(path), fstype, opts, dump, passno].join(' ')
}

function escaped(field: string): string {
  return field.replace(/[\s\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

function rowsOf(text: string): readonly string[] {
  const rows = text.split('\n')
  return rows.at(-1) === '' ? rows.slice(0, -1) : rows
}

function textOf(rows: readonly string[]): string {
  return rows.length === 0 ? '' : `${rows.join('\n')}\n`
}
