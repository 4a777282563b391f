import type { Script } from '../core/script.ts'
import { forgetStats, isStatable, statAhead } from '../modules/path_probe.ts'
import type { Look } from './job.ts'

/** A look, and what the shell is to run before it. */
interface Prepared {
  readonly look: Look
  readonly before?: Script
}

/** Each look searches what was read for its own path, so what is read together must not grow with the playbook. */
const MOST_TOGETHER = 64

/** The looks, each with what is to run before it: where several follow each other at once, their paths are read together. */
export function withStats(looks: readonly Look[]): readonly Prepared[] {
  return runsOf(looks).flatMap((run) => run.map((look, i) => (i === 0 ? { look, before: statsOf(run) } : { look })))
}

/** Neighbours that may share a reading. A query stands alone: it may wait, and what was read before it is old then. */
function runsOf(looks: readonly Look[]): readonly (readonly Look[])[] {
  const runs: Look[][] = []
  for (const look of looks) {
    const run = runs.at(-1)
    if (run?.at(-1)?.isInstant && look.isInstant && run.length < MOST_TOGETHER) run.push(look)
    else runs.push([look])
  }
  return runs
}

function statsOf(run: readonly Look[]): Script {
  const resources = run.flatMap(({ isInstant, reads }) => (isInstant ? reads : []))
  const paths = resources.filter((resource) => resource.startsWith('path:')).map((resource) => resource.slice('path:'.length))
  const wanted = [...new Set(paths)].filter(isStatable)
  return wanted.length > 1 ? statAhead(wanted) : forgetStats
}
