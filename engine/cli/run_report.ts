import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { join, relative } from 'node:path'
import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Emit, Event } from '../core/event.ts'
import type { Step } from '../core/plan.ts'
import { diagnosticsBlock } from '../report/diagnostic.ts'
import { type Journal, openJournal } from '../report/journal.ts'
import { collectRun } from '../report/json.ts'
import { showProgress } from '../report/progress.ts'
import type { Purpose } from '../report/recap.ts'
import { tellRun } from '../report/terminal.ts'
import type { Context } from './context.ts'
import { type ExitCode, exit } from './exit.ts'
import { showWarnings } from './open_inventory.ts'
import type { Prepared } from './prepare.ts'
import { readSourceLine } from './source_line.ts'

interface Reporting {
  readonly command: string
  readonly purpose: Purpose
  readonly prepared: Prepared
  readonly playbooks: readonly string[]
  readonly flags: { readonly diff: boolean; readonly json: boolean; readonly verbose: boolean }
  /** Names of the flags that were given. */
  readonly given: readonly string[]
  /** What takes the place of the usual narration and of the usual document. */
  readonly telling?: { readonly tell: Emit; readonly document: () => unknown }
}

/** Everyone who listens to a run. */
export interface RunReport {
  readonly emit: Emit
  /** For what is only looked at and is no part of the run: shows as live progress, and nowhere else. */
  readonly watch: Emit
}

/**
 * Tells a run to the journal, on stderr, as live progress, and with `--json` as a document on stdout; also one that is rejected on the
 * way. Gives the run's code.
 */
export async function withRunReport(
  context: Context,
  reporting: Reporting,
  body: (report: RunReport) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { report, end } = openReport(context, reporting)
  try {
    report.emit(compiled(reporting))
    const code = await body(report)
    end(code, [])
    return code
  } catch (error) {
    if (!(error instanceof Rejected)) {
      end(exit.bug, [])
      throw error
    }
    context.screen.notes(diagnosticsBlock(error.diagnostics, { level: 'error', readLine: readSourceLine }))
    end(exit.rejected, error.diagnostics)
    return exit.rejected
  }
}

function openReport(context: Context, reporting: Reporting) {
  const { screen } = context
  const { purpose, flags } = reporting
  const journal = guarded(startJournal(context, reporting), context)
  // A second Ctrl-C, or a bug, ends the process from elsewhere; the record says so.
  process.once('exit', journal.end)
  const progress = showProgress(screen, { live: context.lively })
  const collected = collectRun(purpose)
  const tell = reporting.telling?.tell ?? tellRun(screen, { purpose, diff: flags.diff, verbose: flags.verbose, readLine: readSourceLine })
  const listeners: readonly Emit[] = [journal.see, progress.see, collected.see, tell]
  return {
    report: {
      emit: (event: Event) => {
        for (const hear of listeners) hear(event)
      },
      watch: progress.see,
    },
    end: (exitCode: ExitCode, errors: readonly Diagnostic[]) => {
      progress.end()
      process.off('exit', journal.end)
      journal.end(exitCode)
      if (flags.json) screen.json(reporting.telling?.document() ?? collected.document({ exitCode, errors }))
    },
  }
}

function compiled({ prepared: { plan, hosts }, playbooks }: Reporting): Event {
  const tasks = plan.plays.reduce((sum, { sections }) => sum + countTasks(sections.flat()), 0)
  return { kind: 'compiled', playbooks, plays: plan.plays.length, tasks, hosts: new Set([...hosts.values()].flat()).size }
}

function countTasks(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + (step.kind === 'block' ? countTasks([...step.tasks, ...step.rescue, ...step.always]) : 1), 0)
}

type Recording = Pick<Journal, 'see' | 'end'>

function startJournal({ version, cwd, screen }: Context, { command, purpose, prepared, playbooks, given }: Reporting): Recording {
  const { project, inventories } = prepared.setting
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
  const folder = join(relative(cwd, project.root), '.holdfast')
  try {
    return openJournal(folder, start, { unique: randomBytes(3).toString('hex') })
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    const problem = {
      code: 'journal',
      message: `cannot write the run journal in \`${folder}\`: the system says ${reason}`,
      help: 'make the folder writable',
    } as const
    if (purpose === 'apply') return reject(problem)
    // What only looks needs no record, and may well be called where nothing can be written.
    showWarnings([problem], screen)
    return { see: () => undefined, end: () => undefined }
  }
}

/** A run goes on when its journal cannot be written any more: half a change without a record is better than half a change. */
function guarded(journal: Recording, { screen }: Context): Recording {
  let isBroken = false
  const unlessBroken = (write: () => void): void => {
    if (isBroken) return
    try {
      write()
    } catch (error) {
      isBroken = true
      screen.note('warning[journal]: could not write the run journal any more: ', String((error as Error).message))
    }
  }
  return { see: (event) => unlessBroken(() => journal.see(event)), end: (exitCode) => unlessBroken(() => journal.end(exitCode)) }
}
