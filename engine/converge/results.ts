import type { Json } from '../core/json.ts'
import type { Change, Output } from '../core/module.ts'
import type { Result } from '../core/result.ts'
import { linesOf } from '../modules/text_lines.ts'

type Values = { readonly [key: string]: Json }

export function ok(values: Values = {}): Result {
  return { status: 'ok', changes: [], registered: { changed: false, failed: false, ...values } }
}

export function changed(changes: readonly Change[], values: Values = {}): Result {
  return { status: 'changed', changes, registered: { changed: true, failed: false, ...values } }
}

export function skipped(reason: string): Result {
  return { status: 'skipped', changes: [], message: reason, registered: { changed: false, skipped: true, skip_reason: reason } }
}

/** Check mode: what the task would come to cannot be said. */
export function unknown(reason: string): Result {
  return { status: 'unknown', changes: [], message: shortened(reason), pending: true, registered: NOT_RUN }
}

/** Check mode: the task would be carried out, and only then would anybody know what it comes to. */
export function wouldRun(): Result {
  return { ...unknown('would run; what it does cannot be known before'), wouldRun: true }
}

/** Check mode: the task was not carried out, and changes nothing when it is. */
export function notRun(reason: string): Result {
  return { ...skipped(reason), pending: true, registered: NOT_RUN }
}

const NOT_RUN: Values = { changed: false, skipped: true, skip_reason: 'not run in check mode' }

export function failed(reason: string, values: Values = {}, help?: string): Result {
  const message = shortened(reason)
  return {
    status: 'failed',
    changes: [],
    message,
    ...(help && { help }),
    registered: { changed: false, failed: true, msg: message, ...values },
  }
}

export function unreachable(reason: string, help?: string): Result {
  const message = shortened(reason)
  return {
    status: 'unreachable',
    changes: [],
    message,
    ...(help && { help }),
    registered: { changed: false, failed: false, unreachable: true, msg: message },
  }
}

/**
 * What may be told of a task with `no_log`: what became of it, and of what it said only the exit status. Why a host is not reached,
 * and that check mode does not run it, is no word of the task.
 */
export function withheld({ status, message, help, ignored, wouldRun, pending, changes, registered }: Result): Result {
  const flags = { ...(ignored !== undefined && { ignored }), ...(wouldRun && { wouldRun }), ...(pending && { pending }) }
  const kept = { status, ...flags, changes: changes.map(() => ({ what: WITHHELD })), registered: {} }
  if (status === 'unreachable' || wouldRun)
    return { ...kept, ...(message !== undefined && { message }), ...(help !== undefined && { help }) }
  if (status !== 'failed' && status !== 'unknown') return kept
  const rc = typeof registered['rc'] === 'number' ? `exit status ${registered['rc']}; ` : ''
  return { ...kept, message: `${rc}the reason is ${WITHHELD}` }
}

const WITHHELD = 'withheld by `no_log`'

/** The keys that a command leaves in its registered result. */
export function commandResult({ rc, stdout, stderr }: Output): Values {
  return { rc, stdout, stderr, stdout_lines: linesOf(stdout), stderr_lines: linesOf(stderr) }
}

/** What a host said may be of any length; its beginning and its end tell enough. */
function shortened(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, HALF)} … ${message.slice(-HALF)}`
}

const LONGEST_MESSAGE = 8000
const HALF = 3500
