import type { Diagnostic } from '../core/diagnostic.ts'
import type { Fold } from './fold.ts'
import type { Entry } from './order.ts'

/** Whether a result ends the play for its host: failed or unreachable, and neither ignored nor rescued. */
export function isFailure({ result, rescued }: Pick<Entry, 'result' | 'rescued'>): boolean {
  return (result.status === 'failed' || result.status === 'unreachable') && result.ignored !== true && rescued !== true
}

/** Why a task failed on these hosts, as a diagnostic at the task. Of several lines none is known to be the point, so all are details. */
export function failureOf({ hosts, first }: Fold): Diagnostic {
  const { task, result, delegate } = first
  const said = (result.message ?? '').trim().split('\n')
  const [only = ''] = said
  const isOneLine = said.length === 1 && only !== ''
  const where = `on ${hosts.join(', ')}${delegate === undefined ? '' : ` (carried out on ${delegate})`}`
  return {
    code: result.code ?? (result.status === 'unreachable' ? 'unreachable' : 'task-failed'),
    message: isOneLine ? only : `\`${task.label}\` failed${only === '' ? ' and gave no reason' : ''}`,
    origin: task.origin,
    detail: [`${where}${exitStatus(first)}`, ...(isOneLine ? [] : said), ...outputOf(first)]
      .filter(Boolean)
      .slice(0, MOST_DETAIL_LINES)
      .join('\n'),
    ...(result.help !== undefined && { help: result.help }),
  }
}

function exitStatus({ result, task }: Fold['first']): string {
  const rc = result.registered['rc']
  const isSaid = task.noLog || result.message?.includes('exit status')
  return typeof rc === 'number' && rc !== 0 && !isSaid ? `; exit status ${rc}` : ''
}

/** The end of what the command said, where it may be shown and the message does not say it already. */
function outputOf({ task, result }: Fold['first']): readonly string[] {
  if (task.noLog) return []
  const { stderr, stdout } = result.registered
  const said = [stderr, stdout].find((text): text is string => typeof text === 'string' && text.trim() !== '')
  const lines = said?.trim().split('\n').slice(-MOST_OUTPUT_LINES) ?? []
  return result.message?.includes(lines.join('\n')) ? [] : lines.map(shorten)
}

function shorten(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line
}

const MOST_DETAIL_LINES = 20
const MOST_OUTPUT_LINES = 8
const LONGEST_LINE = 200
