import { homedir } from 'node:os'
import { Rejected, reject } from '../core/diagnostic.ts'
import { diagnosticsBlock } from '../report/diagnostic.ts'
import { JSON_FORMAT } from '../report/json.ts'
import { verbLine } from '../report/verb.ts'
import { Screen } from '../report/screen.ts'
import type { Context } from './context.ts'
import { dispatch } from './dispatch.ts'
import { type ExitCode, exit } from './exit.ts'
import { compileLittle } from './frugality.ts'
import { readSourceLine } from './source_line.ts'
import { readVersion } from './version.ts'

/** Runs the words of a call in this process and ends it with the code they come to. */
export async function runInProcess(words: readonly string[]): Promise<void> {
  compileLittle()
  const plain = isPlain(words)
  const screen = new Screen({ out: process.stdout, err: process.stderr }, { colour: !plain })
  const bug = (error: unknown) => void leave(screen, reportBug(screen, error))
  process.on('uncaughtException', bug)
  process.on('unhandledRejection', bug)
  await leave(screen, await outcome(words, { screen, plain }))
}

interface Output {
  readonly screen: Screen
  readonly plain: boolean
}

async function outcome(words: readonly string[], { screen, plain }: Output): Promise<ExitCode> {
  try {
    return await dispatch(words, contextOf(screen, { plain }))
  } catch (error) {
    if (!(error instanceof Rejected)) return reportBug(screen, error)
    screen.notes(diagnosticsBlock(error.diagnostics, { level: 'error', readLine: readSourceLine }))
    if (ownWords(words).includes('--json')) screen.json({ format: JSON_FORMAT, exitCode: exit.rejected, errors: error.diagnostics })
    return exit.rejected
  }
}

/** The words that are not those of another command. */
function ownWords(words: readonly string[]): readonly string[] {
  return words.includes('--') ? words.slice(0, words.indexOf('--')) : words
}

function isPlain(words: readonly string[]): boolean {
  const { NO_COLOR, TERM } = process.env
  return !process.stderr.isTTY || Boolean(NO_COLOR) || TERM === 'dumb' || ownWords(words).includes('--plain')
}

function contextOf(screen: Screen, { plain }: { plain: boolean }): Context {
  let interruption: AbortSignal | undefined
  return {
    screen,
    cwd: currentFolder(),
    home: homedir(),
    env: process.env,
    input: process.stdin,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    lively: !plain,
    version: readVersion(),
    interruption: () => {
      interruption ??= abortOnSignals(screen)
      return interruption
    },
  }
}

function currentFolder(): string {
  try {
    return process.cwd()
  } catch {
    return reject({ code: 'no-folder', message: 'the folder this was called in no longer exists', help: 'change to a folder that does' })
  }
}

/** The first signal asks the run to stop, a second one does not ask. */
function abortOnSignals(screen: Screen): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(exit.interrupted)
      controller.abort()
      screen.note(...verbLine('Interrupted', 'stopping after what is in flight; once more to stop at once'))
    })
  }
  return controller.signal
}

function reportBug(screen: Screen, error: unknown): ExitCode {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  screen.notes([
    [],
    ['error[bug]: holdfast itself has failed'],
    ...stack.split('\n').map((line) => [`   ${line}`]),
    [`   = detail: version ${readVersion()}, node ${process.version}, ${process.platform} ${process.arch}`],
    ['   = help: report the lines above, and what you ran, as the README says'],
    [],
  ])
  return exit.bug
}

/** Everything printed leaves first. A reader that closed its pipe early is content; a full disk is not. */
async function leave(screen: Screen, code: ExitCode): Promise<void> {
  await screen.drain()
  if (screen.failure && code === exit.clean) {
    screen.note(`error[output]: could not write the output: ${screen.failure.message}`)
    await screen.drain()
    process.exit(exit.rejected)
  }
  process.exit(code)
}
