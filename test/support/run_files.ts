/**
 * Runs compiled test files in several processes: uvu without its silences.
 * A file without a suite, an empty suite, a left-over `.only` or `.skip`, a test that never finishes and an unhandled rejection all fail the run.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inOrder } from './in_order.ts'
import { needsOf } from './needs.ts'
import type { Assignment, Outcome } from './outcome.ts'
import { createQueue, type Queue } from './queue.ts'
import { startWorker, type WorkerProcess } from './worker_process.ts'

const SOURCES = fileURLToPath(new URL('../../../test', import.meta.url))

export interface RunOptions {
  /** How many files may run at once. */
  readonly processes?: number
}

/**
 * Runs the test files with this ending whose path contains one of the patterns, or all; prints what each printed in the order of
 * their names, the counts last, and exits.
 */
export async function runTestFiles(ending: string, patterns: readonly string[], { processes = 1 }: RunOptions = {}): Promise<void> {
  const files = await findFiles(ending, patterns)
  const queue = createQueue(files)
  const workers = new Set<WorkerProcess>()
  const stopped = onSignal((signal) => {
    queue.stop()
    for (const worker of workers) worker.signal(signal)
  })
  const output = inOrder([...files.map(({ file }) => file), END], (text) => process.stdout.write(text))
  const outcomes = new Map<string, Outcome>()
  const slack = Math.min(processes, files.length)
  const work = { queue, output, outcomes, start: () => started(workers, slack) }
  const closing = await Promise.all(Array.from({ length: slack }, () => runFiles(work)))
  output.flush()

  const inTheirOrder = files.flatMap(({ file }) => outcomes.get(file) ?? [])
  const unmatched = files.length === 0 ? [`no test file matches \`${patterns.join(' ')}\``] : []
  finish([...inTheirOrder, ...closing.flat(), problemsOnly([...unmatched, ...stopped()])])
}

/** Stands for the clean-up, whose output comes behind that of all files. */
const END = 'end'

/** The test files by source, so that what an earlier build left in dist does not run. */
async function findFiles(ending: string, patterns: readonly string[]): Promise<readonly Assignment[]> {
  const found = await readdir(SOURCES, { recursive: true })
  const names = found
    .filter((name) => name.endsWith(ending))
    .map((name) => join('test', name))
    .filter((name) => patterns.length === 0 || patterns.some((pattern) => name.includes(pattern)))
    .sort()
  return Promise.all(names.map(async (file) => ({ file, needs: needsOf(await readFile(join(SOURCES, '..', file), 'utf8')) })))
}

/** Calls back at each signal that ends a run; gives what to say of them. */
function onSignal(act: (signal: NodeJS.Signals) => void): () => readonly string[] {
  const seen = new Set<string>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      seen.add(signal)
      act(signal)
    })
  }
  return () => Array.from(seen, (signal) => `stopped by ${signal}`)
}

function started(workers: Set<WorkerProcess>, slack: number): WorkerProcess {
  const worker = startWorker(slack)
  workers.add(worker)
  return worker
}

interface Work {
  readonly queue: Queue
  readonly output: ReturnType<typeof inOrder>
  readonly outcomes: Map<string, Outcome>
  readonly start: () => WorkerProcess
}

/** Runs files until there are none left, in one process as long as that lasts. Gives what became of its clean-up. */
async function runFiles({ queue, output, outcomes, start }: Work): Promise<readonly Outcome[]> {
  let worker: WorkerProcess | undefined
  for (let next = await queue.take(); next; next = await queue.take()) {
    const { file } = next
    if (!worker?.isUsable()) worker = start()
    outcomes.set(file, await worker.run(next, (text) => output.print(file, text)))
    output.end(file)
    queue.release(next)
  }
  return worker?.isUsable() ? [await worker.end((text) => output.print(END, text))] : []
}

function problemsOnly(problems: readonly string[]): Outcome {
  return { passed: 0, failed: 0, problems, skipped: [] }
}

function finish(outcomes: readonly Outcome[]): void {
  const problems = outcomes.flatMap((outcome) => outcome.problems)
  const skipped = outcomes.flatMap((outcome) => outcome.skipped)
  const failed = sum(outcomes.map((outcome) => outcome.failed)) + problems.length
  for (const problem of problems) process.stdout.write(`error: ${problem}\n`)
  for (const { subject, tests, why } of skipped) process.stdout.write(`SKIPPED ${tests} tests of \`${subject}\`: ${why}\n`)
  const left = sum(skipped.map(({ tests }) => tests))
  const passed = sum(outcomes.map((outcome) => outcome.passed))
  process.stdout.write(`${passed} passed, ${failed} failed${left > 0 ? `, ${left} skipped` : ''}\n`, () => process.exit(failed > 0 ? 1 : 0))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
