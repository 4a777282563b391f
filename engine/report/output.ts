import type { Event } from '../core/event.ts'
import type { Json } from '../core/json.ts'
import type { Screen } from './screen.ts'

type ResultEvent = Extract<Event, { kind: 'result' }>

/**
 * Prints what each host answered to an ad-hoc call: a line of stdout for a line of the host, its name before it. Hosts come in
 * inventory order; one that is done waits for those before it.
 */
export function printOutput(screen: Screen): (event: Event) => void {
  const answers = new Map<string, ResultEvent>()
  let waiting: readonly string[] = []
  const release = (isOver: boolean) => {
    const ready = waiting.findIndex((host) => !answers.has(host))
    const count = isOver || ready < 0 ? waiting.length : ready
    for (const host of waiting.slice(0, count)) printAnswer(screen, answers.get(host))
    waiting = waiting.slice(count)
  }
  return (event) => {
    if (event.kind === 'play') waiting = event.hosts
    if (event.kind === 'result') answers.set(event.host, event)
    if (event.kind === 'result') release(false)
    if (event.kind === 'recap' || event.kind === 'stopped') release(true)
  }
}

function printAnswer(screen: Screen, event: ResultEvent | undefined): void {
  if (event === undefined || event.result.status === 'unreachable') return
  const { host, result } = event
  if (result.status === 'unknown') {
    screen.note(`${host}: ${result.message ?? ''}`)
    return
  }
  const { stdout, stderr } = result.registered
  if (stdout === undefined && result.status !== 'failed') screen.data(`${host}: ${JSON.stringify(result.registered)}`)
  for (const line of linesOf(stdout)) screen.data(`${host}: ${line}`)
  for (const line of linesOf(stderr)) screen.note(`${host}: ${line}`)
}

function linesOf(text: Json | undefined): readonly string[] {
  return typeof text === 'string' && text !== '' ? text.replace(/\n$/, '').split('\n') : []
}

/** Collects what each host answered into one document. */
export function collectOutput(): { readonly see: (event: Event) => void; readonly document: () => { readonly [host: string]: Json } } {
  const answers: { [host: string]: Json } = {}
  return {
    see: (event) => {
      if (event.kind !== 'result') return
      const { status, message, registered } = event.result
      answers[event.host] = { status, ...(message !== undefined && { message }), ...registered }
    },
    document: () => answers,
  }
}
