import type { Skipped } from './skip.ts'

/** What became of a test file, or of the clean-up of a process that ran some. */
export interface Outcome {
  readonly passed: number
  readonly failed: number
  /** What is wrong besides tests that failed, a line or a stack each. */
  readonly problems: readonly string[]
  readonly skipped: readonly Skipped[]
}

/** What a test process is told to run. */
export interface Assignment {
  readonly file: string
  /** What it has to itself meanwhile. */
  readonly needs: readonly string[]
}

/** What a test process writes after all that a file printed, behind the mark it was given. */
export interface Report extends Outcome {
  /** It runs no further file. */
  readonly isLast: boolean
}
