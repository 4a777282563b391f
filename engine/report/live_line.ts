import type { SingleBar } from 'cli-progress'
import cliProgress from 'cli-progress'
import { VERB_COLUMNS } from './line.ts'
import type { Screen } from './screen.ts'
import { type Verb, verbLine } from './verb.ts'

/** One line at the bottom that says what is going on; lines that are printed meanwhile appear above it. */
export interface LiveLine {
  readonly show: (verb: Verb, text: string) => void
  readonly hide: () => void
}

/** Opens the live line of a terminal. */
export function openLiveLine(screen: Screen): LiveLine {
  let bar: SingleBar | undefined
  let line = ''
  const hide = () => {
    bar?.stop()
    bar = undefined
  }
  // Line wrapping stays on so that nothing has to be restored in the terminal if the process is killed.
  const draw = () => {
    const options = { stream: screen.liveStream, format: () => line, clearOnComplete: true, linewrap: true, hideCursor: false, fps: 5 }
    bar = new cliProgress.SingleBar(options)
    bar.start(1, 0)
  }
  screen.keepBelow({ hide, show: () => {} })
  return {
    show: (verb, text) => {
      line = screen.safe(`${verb.padStart(VERB_COLUMNS)} ${text}`)
      if (bar === undefined) draw()
      else bar.update(0)
    },
    hide,
  }
}

/** What stands in for the live line in a log: the same as a line of its own, each time. */
export function openPlainLine(screen: Screen): LiveLine {
  return { show: (verb, text) => screen.note(...verbLine(verb, text)), hide: () => {} }
}
