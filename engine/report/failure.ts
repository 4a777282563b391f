import type { Diagnostic } from '../core/diagnostic.ts'
import type { Fold } from './fold.ts'
import type { Entry } from './order.ts'

/** Whether a result ends the play for its host: failed or unreachable, and neither ignored nor rescued. */
export function isFailure({ result, rescued }: Pick<Entry, 'result' | 'rescued'>): boolean {
  return (result.status === 'failed' || result.status === 'unreachable') && result.ignored !== true && rescued !== true
}

/** Why a task failed on these hosts, as a diagnostic at the task. */
export function failureOf({ hosts, first }: Fold): Diagnostic {
  const { task, result, delegate } = first
  const [message = '', ...more] = (result.message ?? `\`${task.label}\` failed and gave no reason`).trim().split('\n')
  const where = `on ${hosts.join(', ')}${delegate === undefined ? '' : ` (carried out on ${delegate})`}`
  return {
    code: result.status === 'unreachable' ? 'unreachable' : 'task-failed',
    message,
    origin: task.origin,
    detail: [`${where}${exitStatus(first)}`, ...more, ...outputOf(first)].slice(0, MOST_DETAIL_LINES).join('\n'),
    ...(result.help !== undefined && { help: result.help }),
  }
}

function exitStatus({ result, task }: Fold['first']): string {
  const rc = result.registered['rc']
  return typeof rc === 'number' && rc !== 0 && !task.noLog ? `; exit status ${rc}` : ''
}

/** The end of what the command said, where it may be shown and the message does not say it already. */
function outputOf({ task, result }: Fold['first']): readonly string[] {
  if (task.noLog) return []
  const { stderr, stdout } = result.registered
  const said = [stderr, stdout].find((text): text is string => typeof text === 'string' && text.trim() !== '')
  if (said === undefined || result.message?.includes(said.trim())) return []
  return said.trimEnd().split('\n').slice(-MOST_OUTPUT_LINES).map(shorten)
}

function shorten(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line
}

const MOST_DETAIL_LINES = 20
const MOST_OUTPUT_LINES = 8
const LONGEST_LINE = 200
