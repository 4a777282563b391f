import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Assignment, Outcome, Report } from './outcome.ts'

/** A process that runs test files, one after the other. */
export interface WorkerProcess {
  /** Runs a file; what it prints goes to `print`. Resolves also if the process breaks down over it, and is then not to be used again. */
  readonly run: (assignment: Assignment, print: (text: string) => void) => Promise<Outcome>
  readonly isUsable: () => boolean
  /** Lets it clean up and end. */
  readonly end: (print: (text: string) => void) => Promise<Outcome>
  /** Passes a signal on: it cleans up and ends, in the middle of whatever it does. */
  readonly signal: (name: NodeJS.Signals) => void
}

/** Starts one; `slack` is how many times longer than alone on this machine a suite may take. */
export function startWorker(slack: number): WorkerProcess {
  const mark = `${randomUUID()} `
  const child = fork(WORKER, [mark, String(slack)], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const ended = ending(child)
  let hear: (report: Report) => void = () => undefined
  let print: (text: string) => void = () => undefined
  let last: Report | undefined
  child.stderr?.setEncoding('utf8').on('data', (text: string) => print(text))
  readMarked(child, mark, {
    text: (text) => print(text),
    report: (report) => {
      if (report.isLast) last = report
      else hear(report)
    },
  })

  const outcome = (name: string): Promise<Outcome> =>
    new Promise((resolve) => {
      hear = resolve
      void ended.then((how) => resolve(last ?? { ...NOTHING, problems: [`${name}: its process ended ${how}`] }))
    })

  return {
    run: (assignment, into) => {
      print = into
      child.send(assignment, () => undefined)
      return outcome(assignment.file)
    },
    isUsable: () => child.connected && last === undefined,
    end: (into) => {
      print = into
      if (child.connected) child.disconnect()
      return outcome('cleaning up')
    },
    signal: (name) => void child.kill(name),
  }
}

const WORKER = fileURLToPath(new URL('run_worker.js', import.meta.url))
const NOTHING: Outcome = { passed: 0, failed: 0, problems: [], skipped: [] }

/** How the process ended, once it has and all that it printed has been read, or something it left behind holds its output open. */
async function ending(child: ChildProcess): Promise<string> {
  const closed = once(child, 'close')
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  await Promise.race([closed, sleep(1000)])
  return signal === null ? `with status ${code}` : `by ${signal}`
}

interface Reader {
  readonly text: (text: string) => void
  readonly report: (report: Report) => void
}

/** Tells the reports, each a line behind the mark, from all else that the process prints. */
function readMarked(child: ChildProcess, mark: string, { text, report }: Reader): void {
  let unread = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    unread += chunk
    for (let marked = unread.indexOf(mark); marked >= 0; marked = unread.indexOf(mark)) {
      const end = unread.indexOf('\n', marked)
      if (end < 0) return
      text(wholeLines(unread.slice(0, marked)))
      report(JSON.parse(unread.slice(marked + mark.length, end)) as Report)
      unread = unread.slice(end + 1)
    }
    const lines = unread.lastIndexOf('\n') + 1
    text(unread.slice(0, lines))
    unread = unread.slice(lines)
  })
  child.stdout?.on('end', () => text(wholeLines(unread)))
}

function wholeLines(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
