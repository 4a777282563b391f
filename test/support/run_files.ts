/**
 * Runs compiled test files: uvu without its silences.
 * A file without a suite, an empty suite, a left-over `.only` or `.skip`, a test that never finishes and an unhandled rejection all fail the run.
 */
import { takeSuites, type Counts } from './uvu_queue.ts'
import { cleanUp } from './cleanup.ts'
import { takeLimit } from './limit.ts'
import { beginTestFile } from './test_file.ts'
import { takeSkipped, type Skipped } from './skip.ts'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const compiled = fileURLToPath(new URL('..', import.meta.url))
const sources = join(compiled, '../../test')

const problems: string[] = []
const skipped: Skipped[] = []
let passed = 0
let failed = 0
let running = 'no file'
let finishing: Promise<void> | undefined

/** Runs the test files with this ending whose path contains one of the patterns, or all; prints the counts last, and exits. */
export async function runTestFiles(ending: string, patterns: readonly string[]): Promise<void> {
  listen()
  const files = await findFiles(ending, patterns)
  if (files.length === 0) problems.push(`no test file matches \`${patterns.join(' ')}\``)
  for (const file of files) {
    if (!finishing) await runFile(file)
  }
  await finish()
}

function listen(): void {
  process.on('unhandledRejection', (reason) => problems.push(`${running}: unhandled rejection: ${shown(reason)}`))
  process.on('uncaughtException', (error) => {
    problems.push(`${running}: uncaught exception: ${shown(error)}`)
    void finish()
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!finishing) problems.push(`${running}: stopped by ${signal}`)
      void finish()
    })
  }
}

/** The test files by source, so that what an earlier build left in dist does not run. */
async function findFiles(ending: string, patterns: readonly string[]): Promise<readonly string[]> {
  const found = await readdir(sources, { recursive: true })
  return found
    .filter((file) => file.endsWith(ending))
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => join('test', file).includes(pattern)))
    .sort()
}

async function runFile(file: string): Promise<void> {
  running = join('test', file)
  process.stdout.write(`${running}\n`)
  beginTestFile()
  try {
    await import(join(compiled, file.replace(/ts$/, 'js')))
  } catch (error) {
    problems.push(`${running}: could not be loaded: ${shown(error)}`)
  }
  const limitSeconds = takeLimit()
  const suites = takeSuites()
  const leftOut = takeSkipped()
  skipped.push(...leftOut)
  if (suites.length + leftOut.length === 0) problems.push(`${running}: has no suite; the file must call test.run()`)
  for (const suite of suites) {
    if (!finishing) await runSuite(suite, limitSeconds)
  }
  // Rejections nobody handles are reported after the tick that made them, and belong to this file.
  await new Promise((resolve) => setImmediate(resolve))
}

async function runSuite(suite: () => Promise<Counts>, limitSeconds: number): Promise<void> {
  const counts = await Promise.race([suite(), timeout(limitSeconds)])
  if (counts === 'timeout') {
    problems.push(`${running}: a suite took longer than ${limitSeconds} seconds; if it may, say so with limit(seconds)`)
    return
  }
  const [errors, ran, skips, total] = counts
  passed += ran
  if (total === 0) problems.push(`${running}: a suite has no tests`)
  if (skips > 0) problems.push(`${running}: ${skips} tests skipped by a left-over .skip or .only`)
  if (errors !== true) {
    failed += total - ran
    process.stdout.write(`\n${errors}\n`)
  } else if (ran < total) {
    problems.push(`${running}: ${total - ran} of ${total} tests never finished; a hook threw`)
  }
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
  for (const error of await cleanUp()) problems.push(`cleaning up: ${shown(error)}`)
  for (const problem of problems) process.stdout.write(`error: ${problem}\n`)
  for (const { subject, tests, why } of skipped) process.stdout.write(`SKIPPED ${tests} tests of \`${subject}\`: ${why}\n`)
  const left = skipped.reduce((sum, { tests }) => sum + tests, 0)
  process.stdout.write(`${passed} passed, ${failed + problems.length} failed${left > 0 ? `, ${left} skipped` : ''}\n`, () => {
    process.exit(failed + problems.length > 0 ? 1 : 0)
  })
}

function shown(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
