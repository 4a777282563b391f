/** One line of the result: what was compared, how it came out, and what was promised. */
export interface Row {
  readonly what: string
  /** Undefined where it could not be measured. */
  readonly value: number | undefined
  readonly limit: Limit
  /** The numbers behind it, or why there are none. */
  readonly detail: string
}

export interface Limit {
  readonly kind: 'at most' | 'at least'
  readonly value: number
  readonly unit: string
}

export type Verdict = 'pass' | 'MISS' | 'not measured'

/** Whether a row keeps what was promised. */
export function verdict({ value, limit }: Row): Verdict {
  if (value === undefined) return 'not measured'
  const holds = limit.kind === 'at most' ? value <= limit.value : value >= limit.value
  return holds ? 'pass' : 'MISS'
}

/** The middle of the values; of an even number, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  const [low = Number.NaN, high = low] = Number.isInteger(half) ? sorted.slice(half - 1, half + 1) : sorted.slice(Math.floor(half))
  return Number.isInteger(half) ? (low + high) / 2 : low
}

/** The rows as a table in Markdown. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    `${row.limit.kind} ${amount(row.limit.value, row.limit.unit)}`,
    shownValue(row),
    verdict(row),
    row.detail,
  ])
  const all = [['what', 'budget', 'measured', '', 'medians behind it'], ...cells]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => [...(row[column] ?? '')].length)))
  const lines = all.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
  const rule = `| ${[...widths, 3].map((width) => '-'.repeat(Math.max(3, width))).join(' | ')} |`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

function shownValue({ value, limit }: Row): string {
  return value === undefined ? '-' : amount(Number(value.toPrecision(value < 1 ? 2 : 3)), limit.unit)
}

function amount(value: number, unit: string): string {
  return `${value} ${unit}`
}
