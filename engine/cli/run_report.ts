import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Diagnostic, reject } from '../core/diagnostic.ts'
import type { Emit, Event } from '../core/event.ts'
import { type Journal, openJournal } from '../report/journal.ts'
import { collectRun } from '../report/json.ts'
import { showProgress } from '../report/progress.ts'
import type { Purpose } from '../report/recap.ts'
import { tellRun } from '../report/terminal.ts'
import type { Context } from './context.ts'
import type { ExitCode } from './exit.ts'
import { readSourceLine } from './source_line.ts'

interface Reporting {
  readonly command: string
  readonly purpose: Purpose
  /** Folder of the project, below which the journal is kept. */
  readonly root: string
  readonly playbooks: readonly string[]
  readonly inventories: readonly string[]
  readonly flags: { readonly diff: boolean; readonly json: boolean; readonly verbose: boolean }
  /** Names of the flags that were given. */
  readonly given: readonly string[]
}

/** Everyone who listens to a run. */
export interface RunReport {
  readonly emit: Emit
  /** Says the last words about a run that has ended, and gives its code back. */
  readonly end: (code: ExitCode) => ExitCode
  /** The same for a run that ended before its first host. */
  readonly reject: (code: ExitCode, errors: readonly Diagnostic[]) => void
}

/** Opens the journal, the narration on stderr, progress, and with `--json` the document on stdout. */
export function openRunReport(context: Context, reporting: Reporting): RunReport {
  const { screen } = context
  const { purpose, flags } = reporting
  const journal = startJournal(context, reporting)
  const progress = showProgress(screen, { live: context.lively })
  const collected = collectRun(purpose)
  const listeners: readonly ((event: Event) => void)[] = [
    guarded(journal, context),
    progress.see,
    collected.see,
    tellRun(screen, { purpose, diff: flags.diff, verbose: flags.verbose, readLine: readSourceLine }),
  ]
  const close = (code: ExitCode, errors: readonly Diagnostic[]) => {
    progress.end()
    journal.end(code)
    if (flags.json) screen.json(collected.document({ exitCode: code, errors }))
  }
  return {
    emit: (event) => {
      for (const hear of listeners) hear(event)
    },
    end: (code) => {
      close(code, [])
      return code
    },
    reject: close,
  }
}

function startJournal({ version }: Context, { command, root, playbooks, inventories, given }: Reporting): Journal {
  const start = {
    command,
    version,
    playbooks,
    inventories,
    options: given,
    operator: userInfo().username,
    controller: hostname(),
    processId: process.pid,
  }
  const folder = join(root, '.holdfast')
  try {
    return openJournal(folder, start, { unique: randomBytes(3).toString('hex') })
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    return reject({
      code: 'journal',
      message: `cannot write the run journal in \`${folder}\`: the system says ${reason}`,
      help: 'make the folder writable',
    })
  }
}

/** A run goes on when its journal cannot be written any more: half a change without a record is better than half a change. */
function guarded(journal: Journal, { screen }: Context): (event: Event) => void {
  let isBroken = false
  return (event) => {
    if (isBroken) return
    try {
      journal.see(event)
    } catch (error) {
      isBroken = true
      screen.note('warning[journal]: could not write the run journal any more: ', String((error as Error).message))
    }
  }
}
