import { type Line, type Piece, type Style, styled, VERB_COLUMNS } from './line.ts'

/** Every word a line of narration may begin with. None is longer than the column it ends in. */
export const VERBS = {
  Compiled: 'good',
  Probed: 'good',
  Batch: 'strong',
  Gate: 'strong',
  Running: 'dim',
  Retrying: 'dim',
  Reconnected: 'changed',
  Says: 'strong',
  Ok: 'good',
  Skipped: 'dim',
  Changed: 'changed',
  'Would change': 'changed',
  Unknown: 'changed',
  Drifted: 'changed',
  Restarted: 'changed',
  Reloaded: 'changed',
  Started: 'changed',
  Ignored: 'dim',
  Rescued: 'changed',
  Failed: 'bad',
  Unreachable: 'bad',
  Stopped: 'bad',
  Interrupted: 'bad',
  Wrote: 'good',
  Sealed: 'good',
  Booted: 'good',
  Removed: 'good',
  Journal: 'dim',
  Try: 'strong',
} as const satisfies Readonly<Record<string, Style>>

export type Verb = keyof typeof VERBS

/** A line of narration: the verb, right-aligned, and what it happened to. */
export function verbLine(verb: Verb, ...rest: readonly (string | Piece)[]): Line {
  return [' '.repeat(VERB_COLUMNS - verb.length), styled(VERBS[verb], verb), ' ', ...rest]
}
