import type { Diagnostic } from '../core/diagnostic.ts'
import type { Counts, Event } from '../core/event.ts'
import type { Purpose } from './recap.ts'

/** The version of the document's shape; it grows when a field changes its meaning or goes away, not when one is added. */
export const JSON_FORMAT = 1

type Stopped = Extract<Event, { kind: 'stopped' }>

/** One result that is more than `ok` or `skipped`. */
interface TellingResult {
  readonly host: string
  readonly task: string
  readonly module: string
  readonly file: string
  readonly line: number
  readonly column: number
  readonly handler: boolean
  readonly status: string
  readonly changes: readonly {
    readonly what: string
    readonly from?: string
    readonly to?: string
    readonly before?: string
    readonly after?: string
  }[]
  readonly message?: string
  readonly help?: string
  readonly wouldRun?: true
  readonly delegate?: string
  readonly ignored?: true
  readonly rescued?: true
}

/** What `--json` prints on stdout: one document about the whole run. */
export interface RunDocument {
  readonly format: number
  readonly purpose: Purpose
  readonly exitCode: number
  readonly playbooks: readonly string[]
  readonly hosts: { readonly [host: string]: Counts }
  /** Hosts that did not get to their end though nothing was wrong with them. */
  readonly unfinished: readonly string[]
  /** Hosts that were never met. */
  readonly notReached: readonly string[]
  readonly results: readonly TellingResult[]
  readonly stopped: Pick<Stopped, 'reason' | 'batch' | 'of'> | null
  readonly warnings: readonly Diagnostic[]
  readonly errors: readonly Diagnostic[]
  readonly ms: number
}

/** Collects a run into its document. */
export function collectRun(purpose: Purpose): {
  readonly see: (event: Event) => void
  readonly document: (end: { exitCode: number; errors?: readonly Diagnostic[] }) => RunDocument
} {
  const results: TellingResult[] = []
  const warnings: Diagnostic[] = []
  let playbooks: readonly string[] = []
  let stopped: RunDocument['stopped'] = null
  let recap: Pick<RunDocument, 'hosts' | 'unfinished' | 'notReached' | 'ms'> = { hosts: {}, unfinished: [], notReached: [], ms: 0 }
  return {
    see: (event) => {
      switch (event.kind) {
        case 'compiled':
          playbooks = event.playbooks
          break
        case 'warning':
          warnings.push(event.diagnostic)
          break
        case 'result':
          if (isTelling(event)) results.push(tellingResult(event))
          break
        case 'stopped':
          stopped = { reason: event.reason, batch: event.batch, of: event.of }
          break
        case 'recap':
          recap = { hosts: event.hosts, unfinished: event.unfinished, notReached: event.notReached, ms: event.ms }
      }
    },
    document: ({ exitCode, errors = [] }) => {
      return {
        format: JSON_FORMAT,
        purpose,
        exitCode,
        playbooks,
        ...recap,
        results: inOrder(results, recap.hosts),
        stopped,
        warnings,
        errors,
      }
    },
  }
}

type ResultEvent = Extract<Event, { kind: 'result' }>

function isTelling({ result }: ResultEvent): boolean {
  return result.status !== 'ok' && result.status !== 'skipped'
}

function tellingResult({ host, task, result, delegate, rescued }: ResultEvent): TellingResult {
  const { file, line, column } = task.origin
  const changes = task.noLog ? [] : result.changes
  return {
    host,
    task: task.label,
    module: task.module,
    file,
    line,
    column,
    handler: task.handler,
    status: result.status,
    changes: changes.map(({ text, ...change }) => ({ ...change, ...(task.diff !== false && text) })),
    ...(result.message !== undefined && { message: result.message }),
    ...(result.help !== undefined && { help: result.help }),
    ...(result.wouldRun && { wouldRun: true }),
    ...(delegate !== undefined && { delegate }),
    ...(result.ignored === true && { ignored: true }),
    ...(rescued === true && { rescued: true }),
  }
}

/** By host in inventory order, and by time within a host, so that the same run gives the same document. */
function inOrder(results: readonly TellingResult[], hosts: RunDocument['hosts']): readonly TellingResult[] {
  const rank = new Map(Object.keys(hosts).map((host, i) => [host, i]))
  return [...results].sort((a, b) => (rank.get(a.host) ?? rank.size) - (rank.get(b.host) ?? rank.size))
}
