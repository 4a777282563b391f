import type { Event } from '../core/event.ts'
import { showOrigin } from '../core/origin.ts'
import { showDuration } from './duration.ts'
import { showHosts } from './hosts.ts'
import { openLiveLine, openPlainLine } from './live_line.ts'
import type { Screen } from './screen.ts'

interface ProgressOptions {
  /** Draw one line that follows the run; otherwise say now and then what is going on. */
  readonly live: boolean
  /** How long a task runs before it is worth a word. */
  readonly patienceMs?: number
}

interface Running {
  readonly label: string
  readonly place: string
  readonly hosts: readonly string[]
  readonly since: number
}

/** Shows which task is taking long, and on which hosts. `end` takes the live line away. */
export function showProgress(screen: Screen, options: ProgressOptions): { readonly see: (event: Event) => void; readonly end: () => void } {
  let running: Running | undefined
  const line = options.live ? openLiveLine(screen) : openPlainLine(screen)
  const patienceMs = options.patienceMs ?? (options.live ? 500 : 10_000)
  const timer = setInterval(() => {
    // What has only just begun when the time is up has not taken long.
    if (running !== undefined && Date.now() - running.since >= patienceMs / 5) line.show('Running', told(running))
  }, patienceMs)
  timer.unref()
  return {
    see: (event) => {
      const next = runningAfter(running, event)
      if (next === undefined && running !== undefined) line.hide()
      running = next
    },
    end: () => {
      clearInterval(timer)
      line.hide()
    },
  }
}

function runningAfter(running: Running | undefined, event: Event): Running | undefined {
  if (event.kind === 'task') return withHosts(running, event)
  if (event.kind === 'result' && running !== undefined) return without(running, event.host)
  return event.kind === 'recap' || event.kind === 'stopped' ? undefined : running
}

/** Hosts begin a task one by one; it is still the same task. */
function withHosts(running: Running | undefined, { task, hosts }: Extract<Event, { kind: 'task' }>): Running {
  const place = showOrigin(task.origin)
  if (running?.place !== place) return { label: task.label, place, hosts, since: Date.now() }
  return { ...running, hosts: [...new Set([...running.hosts, ...hosts])] }
}

function without(running: Running, host: string): Running | undefined {
  const hosts = running.hosts.filter((other) => other !== host)
  return hosts.length === 0 ? undefined : { ...running, hosts }
}

function told({ label, hosts, since }: Running): string {
  return `${label} · ${showHosts(hosts, hosts)} · ${showDuration(Date.now() - since)}`
}
