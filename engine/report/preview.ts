import type { Event } from '../core/event.ts'
import { showAmount } from './change.ts'
import { commonPattern, countHosts } from './hosts.ts'
import { type Line, styled } from './line.ts'
import { redact } from '../core/secret.ts'
import { escapeLine } from './escape.ts'

/** One row of the table: a task, what it would change, and where. */
export interface PreviewRow {
  readonly task: string
  readonly change: string
  /** `look`: an apply would carry it out and a preview did not, and it changes nothing. */
  readonly kind: 'change' | 'unknown' | 'look'
  readonly hosts: readonly string[]
}

/** What a check run found that an apply would do. */
export interface Preview {
  /** Those that only look are among them where there are no others: then there is nothing else to run for. */
  readonly rows: readonly PreviewRow[]
  readonly hosts: readonly string[]
  /** The longest number of batches of any play, and the first of them. */
  readonly batches: number
  readonly canary?: string
}

/** Collects a check run into the table that is shown before the question. */
export function collectPreview(): { readonly see: (event: Event) => void; readonly preview: () => Preview } {
  const rows: Rows = new Map()
  let recapHosts: readonly string[] = []
  let batches = 0
  let canary: string | undefined
  return {
    see: (event) => {
      if (event.kind === 'result') addRow(rows, event)
      if (event.kind === 'recap') recapHosts = Object.keys(event.hosts)
      if (event.kind === 'batch' && event.of > batches) batches = event.of
      if (event.kind === 'batch' && event.of > 1 && event.number === 1 && event.hosts.length === 1) canary ??= event.hosts[0]
    },
    preview: () => {
      const all = [...rows.values()].map((row) => ({ ...row, hosts: recapHosts.filter((host) => row.hosts.includes(host)) }))
      const telling = all.filter(({ kind }) => kind !== 'look')
      return { rows: telling.length > 0 ? telling : all, hosts: recapHosts, batches, ...(canary !== undefined && { canary }) }
    },
  }
}

type ResultEvent = Extract<Event, { kind: 'result' }>
type Rows = Map<string, PreviewRow & { readonly hosts: string[] }>

function addRow(rows: Rows, event: ResultEvent): void {
  const found = changeOf(event)
  if (found === undefined) return
  const task = event.task.label
  const key = `${task}\0${found.change}`
  const row = rows.get(key)
  if (row === undefined) rows.set(key, { task, ...found, hosts: [event.host] })
  else if (!row.hosts.includes(event.host)) row.hosts.push(event.host)
}

function changeOf({ task, result }: ResultEvent): Pick<PreviewRow, 'change' | 'kind'> | undefined {
  if (result.status === 'unknown') return { kind: 'unknown', change: unknownChange({ task, result }) }
  if (result.status === 'skipped') return result.pending ? { kind: 'look', change: 'only looks' } : undefined
  if (result.status === 'failed' && result.ignored !== true) return { kind: 'change', change: 'would fail' }
  return result.status === 'changed' ? { kind: 'change', change: changedTo({ task, result }) } : undefined
}

function unknownChange({ task, result }: Pick<ResultEvent, 'task' | 'result'>): string {
  if (result.wouldRun) return task.handler ? 'handler' : WOULD_RUN
  if (task.handler) return 'handler, if notified'
  return `unknown: ${result.message?.split('\n', 1)[0] ?? ''}`
}

const WOULD_RUN = 'would run'

function changedTo({ task, result }: Pick<ResultEvent, 'task' | 'result'>): string {
  if (task.handler) return 'handler'
  if (task.noLog) return 'hidden'
  const [first, ...more] = result.changes
  if (first === undefined) return WOULD_RUN
  const amount = showAmount(first) || first.what
  return more.length === 0 ? amount : `${amount} and ${more.length} more`
}

/** The table, and how the change would be spread over batches. */
export function previewLines({ rows, hosts, batches, canary }: Preview): readonly Line[] {
  const shown = rows.map((row) => ({
    task: cell(row.task),
    change: cell(row.change),
    hosts: String(row.hosts.length),
    who: whichHosts(row.hosts, hosts),
  }))
  const heading = { task: 'task', change: 'change', hosts: 'hosts' }
  const width = (column: 'task' | 'change' | 'hosts') => Math.max(...[heading, ...shown].map((row) => row[column].length)) + 3
  const [task, change, count] = [width('task'), width('change'), width('hosts') - 3]
  return [
    [],
    [styled('dim', `  ${heading.task.padEnd(task)}${heading.change.padEnd(change)}${heading.hosts}`)],
    ...shown.map(
      (row): Line => [`  ${row.task.padEnd(task)}${row.change.padEnd(change)}${`${row.hosts.padEnd(count)}  ${row.who}`.trimEnd()}`],
    ),
    [],
    ...(rows.some(({ change }) => change === WOULD_RUN) ? [[WOULD_RUN_NOTE], []] : []),
    ...(batches > 1 ? [[`  ${batches} batches${canary === undefined ? '' : ` · canary ${canary}`}`]] : []),
  ]
}

const WOULD_RUN_NOTE = '  would run: what it does cannot be said before it has run'

/** Cells are escaped before they are measured; the screen finds nothing more to escape. */
function cell(text: string): string {
  const shown = escapeLine(redact(text))
  return shown.length > WIDEST_CELL ? `${shown.slice(0, WIDEST_CELL - 1)}…` : shown
}

const WIDEST_CELL = 44

function whichHosts(hosts: readonly string[], all: readonly string[]): string {
  if (hosts.length === all.length) return ''
  const pattern = commonPattern(hosts, all)
  if (pattern !== undefined) return pattern
  return hosts.length <= 3 ? hosts.join(', ') : `${hosts.slice(0, 3).join(', ')}, …`
}

/** What is to be agreed to: changes, or tasks of which none is known to change anything. */
export function previewQuestion({ rows }: Preview): string {
  return rows.some(({ kind }) => kind === 'change') ? 'Apply these changes?' : 'Run these tasks?'
}

/** `3 tasks would change 12 hosts`, for the last line before the question. */
export function previewSummary({ rows }: Preview): string {
  const touched = new Set(rows.flatMap(({ hosts }) => hosts))
  return `${rows.length} ${rows.length === 1 ? 'change' : 'changes'} on ${countHosts(touched.size)}`
}
