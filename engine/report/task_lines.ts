import type { TaskRef } from '../core/event.ts'
import { showChanges, standsAlone } from './change.ts'
import { diagnosticsBlock, type ReadLine } from './diagnostic.ts'
import { diffLines } from './diff_lines.ts'
import { failureOf, isFailure } from './failure.ts'
import { type Fold, fold } from './fold.ts'
import { showHosts } from './hosts.ts'
import type { Line } from './line.ts'
import type { Entry } from './order.ts'
import type { Purpose } from './recap.ts'
import { type Verb, verbLine } from './verb.ts'

/** How a run is told. */
export interface Telling {
  readonly purpose: Purpose
  /** Show text differences line by line. */
  readonly diff: boolean
  /** Tell of hosts that are fine, too. */
  readonly verbose: boolean
  readonly readLine: ReadLine
}

type Batched = Telling & { readonly batch: readonly string[] }

/** The lines about one task: what changed or failed on which hosts, equal results as one, then why it failed. */
export function taskLines(entries: readonly Entry[], telling: Batched): readonly Line[] {
  const worthTelling = entries.filter((entry) => telling.verbose || isNews(entry, telling.purpose))
  const folds = fold(worthTelling)
  const failures = folds.filter(({ first }) => isFailure(first)).map(failureOf)
  return [
    ...folds.flatMap((each) => foldLines(each, telling)),
    ...(failures.length > 0 ? diagnosticsBlock(failures, { level: 'error', readLine: telling.readLine }) : []),
  ]
}

/** A command or a handler has no state to drift from; that it was not run is news only to who asks what an apply would do. */
function isNews({ task, result, messages }: Entry, purpose: Purpose): boolean {
  if (messages.length > 0) return true
  if (purpose === 'drift' && result.status === 'unknown' && (result.wouldRun || task.handler)) return false
  return result.status !== 'ok' && result.status !== 'skipped'
}

function foldLines({ hosts, first }: Fold, telling: Batched): readonly Line[] {
  const { task, result } = first
  const who = showHosts(hosts, telling.batch)
  const said = first.task.module === 'pause' ? [] : first.messages.flatMap((text) => text.split('\n'))
  const quiet = said.length > 0 && (result.status === 'ok' || result.status === 'skipped')
  return [
    ...said.map((text) => verbLine('Says', `${who} · ${text}`)),
    ...(quiet && !telling.verbose ? [] : [verbLine(verbOf(first, telling.purpose), [who, ...about(first)].join(' · '))]),
    ...((task.diff ?? telling.diff) && !task.noLog ? result.changes.flatMap(diffLines) : []),
  ]
}

/** What a line says after the hosts. */
function about({ task, result, delegate }: Entry): readonly string[] {
  const place = delegate === undefined ? [] : [`on ${delegate}`]
  if (actionVerb(task, result) !== undefined) return [task.label, ...place]
  if (result.status === 'changed') return [...changesOf(task, result), ...place]
  const isExplained = result.ignored === true || result.status === 'skipped' || result.status === 'unknown'
  const reason = isExplained ? result.message?.split('\n', 1) : undefined
  return [task.label, ...place, ...(reason ?? [])]
}

function changesOf(task: TaskRef, { changes }: Entry['result']): readonly string[] {
  if (task.noLog || changes.length === 0) return [task.label]
  return standsAlone(changes) ? [showChanges(changes)] : [task.label, showChanges(changes)]
}

function verbOf({ task, result, rescued }: Entry, purpose: Purpose): Verb {
  if (result.ignored === true) return 'Ignored'
  if (rescued === true) return 'Rescued'
  if (result.status === 'failed') return 'Failed'
  if (result.status === 'unreachable') return 'Unreachable'
  if (result.status === 'unknown') return 'Unknown'
  if (result.status === 'changed') return changedVerb(task, { result, purpose })
  return result.status === 'skipped' ? 'Skipped' : 'Ok'
}

function changedVerb(task: TaskRef, { result, purpose }: { result: Entry['result']; purpose: Purpose }): Verb {
  if (purpose === 'check') return 'Would change'
  if (purpose === 'drift') return 'Drifted'
  return actionVerb(task, result) ?? 'Changed'
}

/** What a handler's verb came to, such as `restarted`; the line then needs no more words for it. */
function actionVerb({ handler }: TaskRef, { changes, status }: Entry['result']): Verb | undefined {
  return handler && status === 'changed' && changes.length === 1 ? ACTIONS.get(changes[0]?.to ?? '') : undefined
}

const ACTIONS: ReadonlyMap<string, Verb> = new Map([
  ['restarted', 'Restarted'],
  ['reloaded', 'Reloaded'],
  ['started', 'Started'],
])
