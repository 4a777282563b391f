/** One of the processes that `run_files.ts` starts: runs the test files it is told, and reports what became of each. */
import { takeSuites, type Counts } from './uvu_queue.ts'
import { hold } from './alone.ts'
import { cleanUp } from './cleanup.ts'
import { takeLimit } from './limit.ts'
import type { Assignment, Outcome, Report } from './outcome.ts'
import { beginTestFile } from './test_file.ts'
import { takeSkipped } from './skip.ts'
import { takeFailures } from './uvu_failures.ts'
import { register } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const COMPILED = fileURLToPath(new URL('../..', import.meta.url))
const [, , mark = '', slack = '1'] = process.argv

const NOTHING: Outcome = { passed: 0, failed: 0, problems: [], skipped: [] }

// Modes of files are part of what is asserted, and whoever calls may have a stricter one.
process.umask(0o022)

register('./uvu_hook.js', import.meta.url)

let outcome = NOTHING
let running = 'no file'
let finishing: Promise<void> | undefined

process.on('message', (assignment: Assignment) => void runFile(assignment))
// Told so when there is nothing left to do, and also by the end of the one who tells.
process.on('disconnect', () => void finish())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void finish())
process.on('unhandledRejection', (reason) => note(`unhandled rejection: ${shown(reason)}`))
process.on('uncaughtException', (error) => {
  note(`uncaught exception: ${shown(error)}`)
  void finish()
})

async function runFile({ file, needs }: Assignment): Promise<void> {
  running = file
  process.stdout.write(`${file}\n`)
  beginTestFile()
  hold(needs)
  try {
    await import(join(COMPILED, file.replace(/ts$/, 'js')))
  } catch (error) {
    note(`could not be loaded: ${shown(error)}`)
  }
  const limitSeconds = takeLimit() * Number(slack)
  const suites = takeSuites()
  const leftOut = takeSkipped()
  outcome = { ...outcome, skipped: leftOut }
  if (suites.length + leftOut.length === 0) note('has no suite; the file must call test.run()')
  for (const suite of suites) {
    if (!finishing) await runSuite(suite, limitSeconds)
  }
  // Rejections nobody handles are reported after the tick that made them, and belong to this file.
  await new Promise((resolve) => setImmediate(resolve))
  if (!finishing) report({ isLast: false })
}

async function runSuite(suite: () => Promise<Counts>, limitSeconds: number): Promise<void> {
  takeFailures()
  const counts = await Promise.race([suite(), timeout(limitSeconds)])
  if (counts === 'timeout') {
    tellFailures()
    note(`a suite took longer than ${limitSeconds} seconds; if it may, say so with limit(seconds)`)
    return
  }
  // Told below, as uvu words them.
  takeFailures()
  const [errors, ran, skips, total] = counts
  const failed = errors === true ? 0 : total - ran
  outcome = { ...outcome, passed: outcome.passed + ran, failed: outcome.failed + failed }
  if (total === 0) note('a suite has no tests')
  if (skips > 0) note(`${skips} tests skipped by a left-over .skip or .only`)
  if (errors !== true) process.stdout.write(`\n${errors}\n`)
  else if (ran < total) note(`${total - ran} of ${total} tests never finished; a hook threw`)
}

/** Of a suite that has not come to its end, where it would have told them itself. */
function tellFailures(): void {
  const failures = takeFailures()
  outcome = { ...outcome, failed: outcome.failed + failures.length }
  for (const failure of failures) process.stdout.write(`\n${failure}`)
}

function timeout(seconds: number): Promise<'timeout'> {
  // The timer also keeps the process alive when a test waits for something that never comes.
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000, 'timeout'))
}

function finish(): Promise<void> {
  finishing ??= tidyAndExit()
  return finishing
}

async function tidyAndExit(): Promise<void> {
  tellFailures()
  const wrong = await cleanUp()
  const problems = [...outcome.problems, ...wrong.map((error) => `cleaning up: ${shown(error)}`)]
  outcome = { ...outcome, problems }
  report({ isLast: true })
  process.exit()
}

function report({ isLast }: Pick<Report, 'isLast'>): void {
  // Written at once: on Linux a pipe takes all before `write` returns.
  process.stdout.write(`${mark}${JSON.stringify({ ...outcome, isLast })}\n`)
  outcome = NOTHING
  running = 'after its end'
}

function note(problem: string): void {
  outcome = { ...outcome, problems: [...outcome.problems, `${running}: ${problem}`] }
}

function shown(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
