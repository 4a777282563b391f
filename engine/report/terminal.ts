/*
 * What an operator sees.
 *
 * - Narration, progress and errors go to stderr; stdout belongs to data.
 * - Only what changed or failed gets a line. A host that is fine is a number in the last line.
 * - A line begins with a verb of the closed list in `verb.ts`, right-aligned in twelve columns. No capitals after it, no full stop.
 * - The same result on several hosts is one line.
 * - The order is that of the plan, and of the inventory within a task; never that of completion. The same run prints the same text.
 * - Colour repeats what the word already says.
 * - An error is a diagnostic at the task: what, where, what else was seen, what to do.
 * - The last line stands alone. A run that stopped says which hosts it did not touch.
 */
import type { Event } from '../core/event.ts'
import { diagnosticsBlock } from './diagnostic.ts'
import { showDuration } from './duration.ts'
import { isFailure } from './failure.ts'
import { countHosts } from './hosts.ts'
import type { Line } from './line.ts'
import { type Entry, TaskOrder } from './order.ts'
import { recapLine, stoppedLine } from './recap.ts'
import type { Screen } from './screen.ts'
import { taskLines, type Telling } from './task_lines.ts'
import { verbLine } from './verb.ts'

/** Tells a run as it goes. */
export function tellRun(screen: Screen, telling: Telling): (event: Event) => void {
  const order = new TaskOrder()
  const messages = new Map<string, string[]>()
  let batch: readonly string[] = []

  const tell = (groups: readonly (readonly Entry[])[]) => {
    for (const group of groups) screen.notes(taskLines(group, { ...telling, batch }))
  }
  const begin = (hosts: readonly string[]) => {
    tell(order.takeRest())
    batch = hosts
    order.begin(hosts)
  }

  return (event) => {
    switch (event.kind) {
      case 'play':
      case 'batch':
        begin(event.hosts)
        break
      case 'message':
        hear(messages, event)
        break
      case 'result':
        order.add(entryOf(event, messages), isFailure(event))
        tell(order.take())
        break
      case 'stopped':
      case 'recap':
        tell(order.takeRest())
    }
    screen.notes(linesOf(event, telling))
  }
}

type ResultEvent = Extract<Event, { kind: 'result' }>
type MessageEvent = Extract<Event, { kind: 'message' }>

function hear(messages: Map<string, string[]>, { host, text }: MessageEvent): void {
  const heard = messages.get(host)
  if (heard) heard.push(text)
  else messages.set(host, [text])
}

function entryOf({ kind: _, ...said }: ResultEvent, messages: Map<string, string[]>): Entry {
  const heard = messages.get(said.host) ?? []
  messages.delete(said.host)
  return { ...said, messages: heard }
}

/** The lines of everything that is not the result of a task. */
function linesOf(event: Event, telling: Telling): readonly Line[] {
  switch (event.kind) {
    case 'compiled':
      return [
        verbLine(
          'Compiled',
          `${event.playbooks.join(', ')} · ${[count(event.plays, 'play'), count(event.tasks, 'task'), countHosts(event.hosts)].join(', ')}`,
        ),
      ]
    case 'probed':
      return event.hosts === 0 ? [] : [verbLine('Probed', `${countHosts(event.hosts)} in ${showDuration(event.ms)}`)]
    case 'batch':
      return event.of > 1 ? [verbLine('Batch', `${event.number} of ${event.of} · ${event.hosts.join(', ')}`)] : []
    case 'retry':
      return telling.verbose ? [verbLine('Retrying', `${event.host} · ${event.task.label} · ${event.left} left`)] : []
    case 'reconnect':
      return [verbLine('Reconnected', `${event.host} · ${event.reason}`)]
    case 'message':
      // A pause is told before it ends; what `debug` says waits for its place in the order.
      return event.task.module === 'pause' ? [verbLine('Says', `${event.host} · ${event.text}`)] : []
    case 'warning':
      return diagnosticsBlock([event.diagnostic], { level: 'warning', readLine: telling.readLine })
    case 'stopped':
      return [stoppedLine(event)]
    case 'recap':
      return [recapLine(event, telling.purpose)]
    default:
      return []
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
