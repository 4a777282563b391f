/** What marks the line of a job; Ansible's own mark, so that either tool finds what the other wrote. */
const MARK = '#Ansible: '

/** The text with this job under its name, in the place of the old one or at the end. */
export function withJob(text: string, name: string, line: string): string {
  const rows = rowsOf(text)
  const at = rows.indexOf(MARK + name)
  if (at < 0) return textOf([...rows, MARK + name, line])
  return textOf([...rows.slice(0, at + 1), line, ...rows.slice(at + 2)])
}

export function withoutJob(text: string, name: string): string {
  const rows = rowsOf(text)
  const at = rows.indexOf(MARK + name)
  return at < 0 ? text : withoutJob(textOf([...rows.slice(0, at), ...rows.slice(at + 2)]), name)
}

export interface Place {
  readonly insertafter?: string
  readonly insertbefore?: string
}

/** The text with this variable set; a new one goes to the top, or next to another one. */
export function withVariable(text: string, { name, value }: { readonly name: string; readonly value: string }, place: Place = {}): string {
  const line = `${name}="${value}"`
  const rows = rowsOf(text)
  const at = rows.findIndex((row) => sets(row, name))
  if (at >= 0) return textOf(rows.map((row, i) => (i === at ? line : row)))
  const neighbour = place.insertafter ?? place.insertbefore
  const beside = neighbour === undefined ? -1 : rows.findIndex((row) => sets(row, neighbour))
  const index = beside < 0 ? 0 : beside + (place.insertafter === undefined ? 0 : 1)
  return textOf([...rows.slice(0, index), line, ...rows.slice(index)])
}

export function withoutVariable(text: string, name: string): string {
  const rows = rowsOf(text)
  return rows.some((row) => sets(row, name)) ? textOf(rows.filter((row) => !sets(row, name))) : text
}

function sets(row: string, name: string): boolean {
  return row.startsWith(`${name}=`) || row.startsWith(`${name} =`)
}

function rowsOf(text: string): readonly string[] {
  const rows = text.split('\n')
  return rows.at(-1) === '' ? rows.slice(0, -1) : rows
}

function textOf(rows: readonly string[]): string {
  return rows.length === 0 ? '' : `${rows.join('\n')}\n`
}
