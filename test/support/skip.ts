import { suite } from './uvu_failures.ts'

type Body = () => Promise<void> | void

/** The part of a uvu suite that is ours: no hooks, no `only`, no `skip`. */
export interface Suite {
  (title: string, body: Body): void
  run(): void
}

/** Tests that could not run here, and why. */
export interface Skipped {
  readonly subject: string
  readonly tests: number
  readonly why: string
}

const skipped: Skipped[] = []

/** A suite that runs where nothing is missing; elsewhere its tests are counted as skipped, with the first reason. */
export function suiteUnless(missing: readonly string[], subject: string): Suite {
  const [why] = missing
  if (why === undefined) return suite(subject)
  let tests = 0
  return Object.assign(
    () => {
      tests += 1
    },
    { run: () => void skipped.push({ subject, tests, why }) },
  )
}

/** The suites skipped since the last call. */
export function takeSkipped(): readonly Skipped[] {
  return skipped.splice(0)
}
