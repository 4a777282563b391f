import { type Change, type Outcome, Refusal, type Resource, UNTOUCHED } from '../core/module.ts'
import type { Result } from '../core/result.ts'
import { quote } from '../core/script.ts'
import { type Answer, Overdue } from '../session/answers.ts'
import { ProtocolError } from '../session/frames.ts'
import { TransportError } from '../transport/host.ts'
import { plainChanges } from './differences.ts'
import { failed, skipped, unreachable } from './results.ts'

/** The result of a command or query, from what its module made of the output. */
export function outcomeResult(outcome: Outcome): Result {
  const registered = { changed: outcome.changed, failed: outcome.failed, ...outcome.values }
  const message = outcome.message === undefined ? {} : { message: outcome.message }
  if (outcome.skipped !== undefined) return { ...skipped(outcome.skipped), registered: { ...registered, skipped: true } }
  if (outcome.failed) return { ...failed(outcome.message ?? 'failed'), registered: { msg: outcome.message ?? 'failed', ...registered } }
  return {
    status: outcome.changed ? 'changed' : 'ok',
    changes: outcome.changes ?? [],
    ...message,
    registered,
    ...(outcome.save && { save: outcome.save }),
    ...(outcome.pending && { pending: true }),
  }
}

/** The last thing a failed command said, and its status where that tells a person anything. */
export function complaint(output: Answer): string {
  if (!output) return 'an earlier step failed'
  const said = (output.stderr.trim() || output.stdout.trim()).slice(-LONGEST_COMPLAINT).split('\n').slice(-20).join('\n')
  if (said && output.rc === UNTOUCHED) return said
  return said ? `${said} (exit status ${output.rc})` : `exit status ${output.rc}`
}

const LONGEST_COMPLAINT = 4000

/** What may be behind a refusal of the kernel that even root meets, where files were to be changed. */
export function cureFor(output: Answer, touched: readonly Resource[]): string | undefined {
  const path = touched.find((resource) => resource.startsWith('path:'))?.slice('path:'.length)
  if (path === undefined || !/Operation not permitted/.test(output?.stderr ?? '')) return undefined
  return `the file, or the folder it is in, may be immutable: \`lsattr -d ${quote(path)}\` then shows an \`i\` or \`a\`, which \`chattr -ia\` takes away`
}

/** A change was made and the host is still not as wanted. */
export function notConverged({
  still,
  state,
  wanted,
  changes,
}: {
  still: readonly string[]
  state: object
  wanted: object
  changes: readonly Change[]
}): Result {
  const now = plainChanges(state, wanted).map(({ what, from, to }) => `${what} is ${from ?? 'absent'}, wanted ${to ?? 'absent'}`)
  return { ...failed(`did not converge: ${now.join('; ') || still.join(', ')}`), changes }
}

/** Whether the connection went away under a working session: the one fault that a new connection can cure. */
export function isLost(error: unknown): boolean {
  return error instanceof TransportError && error.problem === 'lost'
}

/** A command whose connection was lost while it ran. */
export function cutOff(error: unknown): Result {
  const reason = error instanceof Error ? error.message : String(error)
  return unreachable(
    `the connection was lost while it ran, so it is not known whether it finished: ${reason}`,
    'look at the host before you run it again',
  )
}

/** Whether the operator's own machine would not do something: a file that cannot be read, a disk that is full. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

/** What an error on the way to a host or on it comes to, or one of this machine. Anything else is a bug and thrown on. */
export function asResult(error: unknown): Result {
  if (error instanceof Refusal)
    return { ...failed(error.message), ...(error.help && { help: error.help }), ...(error.code !== undefined && { code: error.code }) }
  if (error instanceof Overdue || (error instanceof TransportError && error.problem === 'start'))
    return failed(error.message, {}, error.help)
  if (error instanceof TransportError) return unreachable(error.message, error.help)
  if (error instanceof ProtocolError) return unreachable(`the host did not keep to the protocol: ${error.message}`)
  if (isSystemError(error)) return failed(`on this machine: ${error.message}`)
  throw error
}
