import { reject } from '../core/diagnostic.ts'
import type { Event } from '../core/event.ts'
import { confirm } from '../report/ask.ts'
import { isFailure } from '../report/failure.ts'
import { collectPreview, previewLines, previewQuestion } from '../report/preview.ts'
import { tellRun } from '../report/terminal.ts'
import type { Context } from './context.ts'
import { type ExitCode, exit } from './exit.ts'
import { exitOf, type Performance, perform } from './perform.ts'
import type { RunReport } from './run_report.ts'
import type { Prepared } from './prepare.ts'
import { readSourceLine } from './source_line.ts'

/** Without a person to ask, changes need `--yes`; said before any host is contacted, but after whatever is wrong with the call itself. */
export function requireAnswer({ check, yes }: { readonly check: boolean; readonly yes: boolean }, { interactive }: Context): void {
  if (check || yes || interactive) return
  reject({
    code: 'needs-yes',
    message: 'there is no terminal to ask whether to apply the changes',
    help: 'add `--yes` to apply them, or `--check` to only look',
  })
}

/**
 * Looks at all hosts, shows what an apply would change, and asks. Gives the code to end with where there is nothing to do or the answer
 * is no, and nothing where the changes are to be made.
 */
export async function previewAndAsk(
  prepared: Prepared,
  { performance, report }: { readonly performance: Omit<Performance, 'emit'>; readonly report: RunReport },
  context: Context,
): Promise<ExitCode | undefined> {
  const { screen } = context
  const collected = collectPreview()
  const told = tellWhy(context, performance.flags.diff)
  const events: Event[] = []
  const summary = await perform(prepared, { ...performance, check: true, emit: hearAll }, context)
  told.end()
  const code = exitOf(summary, context)
  if (code === exit.interrupted) return code
  const preview = collected.preview()
  if (preview.rows.length === 0) {
    for (const event of events) report.emit(event)
    return code
  }
  screen.notes(previewLines(preview))
  return (await confirm(previewQuestion(preview), { ...context, signal: context.interruption() })) ? undefined : declined(context)

  function hearAll(event: Event): void {
    collected.see(event)
    told.see(event)
    report.watch(event)
    if (PASSED_ON.has(event.kind)) report.emit(event)
    else if (event.kind !== 'task') events.push(withoutValues(event))
  }
}

/** Where there is nothing to do, the preview was the run, and is told as one; nobody asks any more what it registered. */
function withoutValues(event: Event): Event {
  return event.kind === 'result' ? { ...event, result: { ...event.result, registered: {} } } : event
}

/** What of a preview belongs into the story of the run. */
const PASSED_ON: ReadonlySet<Event['kind']> = new Set(['probed', 'warning', 'reconnect'])

function declined(context: Context): ExitCode {
  return context.interruption().aborted ? exit.interrupted : exit.declined
}

/** What would fail is told in full: it is the reason to say no. So are text differences, if they were asked for. */
function tellWhy({ screen }: Context, diff: boolean): { readonly see: (event: Event) => void; readonly end: () => void } {
  const tell = tellRun(screen, { purpose: 'check', diff, verbose: false, readLine: readSourceLine })
  const hasText = ({ task, result }: Extract<Event, { kind: 'result' }>) =>
    (task.diff ?? diff) && result.changes.some(({ text }) => text !== undefined)
  return {
    see: (event) => {
      if (event.kind === 'play' || (event.kind === 'result' && (isFailure(event) || hasText(event)))) tell(event)
    },
    end: () => tell({ kind: 'play', name: '', hosts: [], batches: 0 }),
  }
}
