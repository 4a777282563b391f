import type { Counts, Event } from '../core/event.ts'
import { showDuration } from './duration.ts'
import { countHosts } from './hosts.ts'
import { type Line, styled, VERB_COLUMNS } from './line.ts'
import { verbLine } from './verb.ts'

/** What a run is for, and so which words describe its outcome. */
export type Purpose = 'apply' | 'check' | 'drift'

type Recap = Extract<Event, { kind: 'recap' }>
type Stopped = Extract<Event, { kind: 'stopped' }>

/** Which hosts ended how; a host counts once, by the worst that happened to it. */
interface Tally {
  readonly changed: number
  readonly ok: number
  /** Check mode: nothing is known to change, and of some tasks it cannot be said. */
  readonly unknown: number
  readonly failed: number
  readonly unreachable: number
  /** Nothing was wrong with them, they were begun, and then the run ended. */
  readonly unfinished: number
  /** They were never met. */
  readonly notReached: number
}

/** Counts hosts by how they ended. A host that changed and then failed has failed. */
function tally({ hosts, unfinished, notReached }: Recap): Tally {
  const missed = new Set([...unfinished, ...notReached])
  const ends = Object.entries(hosts).flatMap(([host, counts]) => (missed.has(host) ? [] : [endOf(counts)]))
  const count = (end: string) => ends.filter((each) => each === end).length
  return {
    changed: count('changed'),
    ok: count('ok'),
    unknown: count('unknown'),
    failed: count('failed'),
    unreachable: count('unreachable'),
    unfinished: unfinished.length,
    notReached: notReached.length,
  }
}

function endOf(counts: Counts): keyof Counts {
  return (['unreachable', 'failed', 'changed', 'unknown'] as const).find((end) => counts[end] > 0) ?? 'ok'
}

/** The last line of a run. It stands alone: how many hosts, how each of them ended, which were never reached. */
export function recapLine(recap: Recap, purpose: Purpose): Line {
  const tallied = tally(recap)
  const { changed, unfinished, failed, unreachable, notReached } = tallied
  // What cannot be foretold of a host is no drift of it; how much of it there was is said apart.
  const isDrift = purpose === 'drift'
  const [ok, unknown] = isDrift ? [tallied.ok + tallied.unknown, 0] : [tallied.ok, tallied.unknown]
  const total = countHosts(changed + ok + unknown + failed + unreachable + unfinished + notReached)
  const isWhole = failed + unreachable + unfinished + notReached === 0
  const words = WORDS[purpose]
  const counts: readonly (readonly [number, string])[] = [
    [unknown, 'unknown'],
    [ok, words.ok],
    [failed, 'failed'],
    [unreachable, 'unreachable'],
    [unfinished, 'unfinished'],
    [notReached, 'not reached'],
  ]
  const parts = [
    ...(changed > 0 || isWhole ? [`${changed} ${words.changed}`] : []),
    ...counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`),
  ]
  const style = isWhole ? 'strong' : 'bad'
  return [
    ' '.repeat(Math.max(0, VERB_COLUMNS - total.length)),
    styled(style, total),
    ` · ${[parts.join(', '), ...unknownTasks(recap), showDuration(recap.ms)].join(' · ')}`,
  ]
}

function unknownTasks({ hosts }: Pick<Recap, 'hosts'>): readonly string[] {
  const tasks = Object.values(hosts).reduce((sum, { unknown }) => sum + unknown, 0)
  return tasks === 0 ? [] : [`${tasks} ${tasks === 1 ? 'task' : 'tasks'} unknown`]
}

const WORDS: Readonly<Record<Purpose, { readonly changed: string; readonly ok: string }>> = {
  apply: { changed: 'changed', ok: 'ok' },
  check: { changed: 'would change', ok: 'ok' },
  drift: { changed: 'drifted', ok: 'clean' },
}

/** Says that a run ended early, why, and which hosts it did not bring to their end. */
export function stoppedLine({ reason, batch, of, unreachable, unfinished, notReached }: Stopped): Line {
  const missed = [...named(unreachable, 'unreachable'), ...named(unfinished, 'left unfinished'), ...named(notReached, 'not reached')]
  const isWhole = unreachable.length + notReached.length === 0
  const after = of > 1 ? [`after batch ${batch} of ${of}`] : []
  return verbLine('Stopped', [...after, reason, ...missed, ...(isWhole ? ['every host was reached'] : [])].join(' · '))
}

function named(hosts: readonly string[], what: string): readonly string[] {
  return hosts.length === 0 ? [] : [`${countHosts(hosts.length)} ${what}: ${hosts.join(', ')}`]
}
