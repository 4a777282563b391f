import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Deadline } from './deadline.ts'
import { TransportError } from './host.ts'
import { opensshProblem } from './openssh_problem.ts'
import { READY } from './openssh_words.ts'
import { lostProblem, text } from './problem.ts'
import type { HostTarget } from './target.ts'

/** The process that holds a connection. */
export interface Master {
  readonly ended: Promise<TransportError | undefined>
  /** Set once it has ended: with the reason if it was not asked to. */
  over(): { readonly problem: TransportError | undefined } | undefined
  /** The reason of its end, if that comes in a moment: a command notices a cut before its master does. */
  endedSoon(): Promise<TransportError | undefined>
  /** Asks it to go, and makes it go if it does not. */
  close(ask: () => Promise<unknown>): Promise<void>
}

interface Start {
  readonly target: HostTarget
  readonly home: string
  /** The folder of its sockets, removed after it. */
  readonly room: string
  readonly limit: Deadline
}

/** Starts the process and waits for the login. Rejects with a `TransportError` that says what went wrong. */
export function startMaster(words: readonly string[], { target, home, room, limit }: Start): Promise<Master> {
  const child = spawn('/bin/sh', ['-c', LEASH, room, ...words], { detached: true })
  const heard = { out: '', err: '' }
  child.stderr.on('data', (bytes: Buffer) => {
    heard.err = (heard.err + bytes.toString()).slice(-MOST_PRINTED)
  })
  child.stdin.on('error', () => undefined)
  return new Promise((resolve, reject) => {
    limit.onExpiry((problem) => {
      child.stdin.end()
      reject(problem)
    })
    child.once('error', (error) => reject(new TransportError('start', `could not start \`ssh\`: ${text(error)}`)))
    const ended = new Promise<void>((settle) => child.once('close', () => settle()))
    void ended.then(() => reject(opensshProblem(target, { printed: heard.err, home })))
    child.stdout.on('data', (bytes: Buffer) => {
      heard.out += bytes.toString()
      if (heard.out.includes(READY)) resolve(masterOver(child, { target, ended, printed: () => heard.err }))
    })
  })
}

/** Ends `ssh` when stdin ends, so that no connection and no folder stays behind when the controller is killed. */
const LEASH = [
  'exec 3<&0',
  '"$@" </dev/null 3<&- &',
  'ssh=$!',
  '{ cat <&3; kill "$ssh"; } >/dev/null 2>&1 &',
  'leash=$!',
  'wait "$ssh"',
  'status=$?',
  'rm -rf "$0"',
  'kill "$leash" 2>/dev/null',
  'exit "$status"',
].join('\n')

const MOST_PRINTED = 64 * 1024
const MOMENT_MS = 300
const CLOSE_PATIENCE_MS = 1000

interface Running {
  readonly target: HostTarget
  readonly ended: Promise<void>
  readonly printed: () => string
}

function masterOver(child: ChildProcessWithoutNullStreams, { target, ended: closed, printed }: Running): Master {
  let closing = false
  let over: { readonly problem: TransportError | undefined } | undefined
  const ended = closed.then(() => {
    over = { problem: closing ? undefined : lostProblem(target, lastWords(printed())) }
    return over.problem
  })
  return {
    ended,
    over: () => over,
    endedSoon: () => Promise.race([ended, new Promise<undefined>((resolve) => setTimeout(resolve, MOMENT_MS, undefined))]),
    close: async (ask) => {
      if (over) return
      closing = true
      await ask().catch(() => undefined)
      const patience = setTimeout(() => child.stdin.end(), CLOSE_PATIENCE_MS)
      await ended
      clearTimeout(patience)
    },
  }
}

function lastWords(printed: string): string {
  const lines = printed.split(/\r?\n/).filter((line) => line && !/^(debug\d:|Transferred:|Bytes per second:)/.test(line))
  return text(lines.at(-1) ?? '`ssh` ended')
}
