import { openLiveLine, openPlainLine } from './live_line.ts'
import type { Screen } from './screen.ts'
import { verbLine } from './verb.ts'

/**
 * Tells long work that is no run: each stage as a line when it begins, its details on the live line, or without a terminal
 * one of them every few seconds. `end` takes the live line away.
 */
export function showStages(screen: Screen, { live, patienceMs = 10_000 }: { readonly live: boolean; readonly patienceMs?: number }) {
  const line = live ? openLiveLine(screen) : openPlainLine(screen)
  let current: string | undefined
  let lastMs = Date.now()
  return {
    tell: (stage: string, detail?: string) => {
      if (stage !== current) screen.note(...verbLine('Running', stage))
      const isDue = live || Date.now() - lastMs >= patienceMs
      if (detail !== undefined && isDue) line.show('Running', `${stage} · ${detail}`)
      if (stage !== current || isDue) lastMs = Date.now()
      current = stage
    },
    end: () => line.hide(),
  }
}
