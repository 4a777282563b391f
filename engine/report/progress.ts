import type { Options, SingleBar } from 'cli-progress'
import cliProgress from 'cli-progress'
import type { Event } from '../core/event.ts'
import { showDuration } from './duration.ts'
import { showHosts } from './hosts.ts'
import type { Screen } from './screen.ts'
import { verbLine } from './verb.ts'

interface ProgressOptions {
  /** Draw one line that follows the run; otherwise say now and then what is going on. */
  readonly live: boolean
  /** How long a task runs before it is worth a word. */
  readonly patienceMs?: number
}

interface Running {
  readonly label: string
  readonly hosts: readonly string[]
  readonly since: number
}

/** Shows which task is taking long, and on which hosts. `end` takes the live line away. */
export function showProgress(screen: Screen, options: ProgressOptions): { readonly see: (event: Event) => void; readonly end: () => void } {
  let running: Running | undefined
  const show = options.live ? liveLine(screen) : plainLine(screen)
  const timer = setInterval(
    () => {
      if (running !== undefined) show.tick(running)
    },
    options.patienceMs ?? (options.live ? 500 : 10_000),
  )
  timer.unref()
  return {
    see: (event) => {
      const next = runningAfter(running, event)
      if (next === undefined && running !== undefined) show.end()
      running = next
    },
    end: () => {
      clearInterval(timer)
      show.end()
    },
  }
}

function runningAfter(running: Running | undefined, event: Event): Running | undefined {
  if (event.kind === 'task') return { label: event.task.label, hosts: event.hosts, since: Date.now() }
  if (event.kind === 'result' && running !== undefined) return without(running, event.host)
  return event.kind === 'recap' || event.kind === 'stopped' ? undefined : running
}

function without(running: Running, host: string): Running | undefined {
  const hosts = running.hosts.filter((other) => other !== host)
  return hosts.length === 0 ? undefined : { ...running, hosts }
}

function told({ label, hosts, since }: Running): string {
  return `${label} · ${showHosts(hosts, hosts)} · ${showDuration(Date.now() - since)}`
}

/** A script or a log gets a line when something has taken long, and again each time as much time has passed. */
function plainLine(screen: Screen) {
  return { tick: (running: Running) => screen.note(...verbLine('Running', told(running))), end: () => {} }
}

function liveLine(screen: Screen) {
  let bar: SingleBar | undefined
  let text = ''
  const draw = () => {
    bar = new cliProgress.SingleBar(barOptions(screen, () => text))
    bar.start(1, 0)
  }
  const hide = () => {
    bar?.stop()
    bar = undefined
  }
  screen.keepBelow({ hide, show: () => {} })
  return {
    tick: (running: Running) => {
      text = screen.safe(`     Running ${told(running)}`)
      if (bar === undefined) draw()
      else bar.update(0)
    },
    end: () => {
      hide()
      text = ''
    },
  }
}

function barOptions(screen: Screen, text: () => string): Options {
  // Line wrapping stays on so that nothing has to be restored in the terminal if the process is killed.
  return { stream: screen.liveStream, format: () => text(), clearOnComplete: true, linewrap: true, hideCursor: false, fps: 5 }
}
