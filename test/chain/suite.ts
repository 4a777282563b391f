import { NO_ROOT } from '../support/root.ts'
import { type Suite, suiteUnless } from '../support/skip.ts'
import { findPrograms, type Program, type ProgramName } from './programs.ts'

// Here and not in the first test: the first build takes longer than a suite may.
const found = NO_ROOT.length > 0 ? { missing: NO_ROOT.join('; ') } : await findPrograms((stage) => process.stderr.write(`  ${stage}\n`))

/** A suite of tests that run the real programs; where those cannot be had, its tests are counted as skipped. */
export function chainSuite(subject: string): Suite {
  return suiteUnless('missing' in found ? [found.missing] : [], subject)
}

/** A program for the body of a test in a `chainSuite`. */
export function program(name: ProgramName): Program {
  if ('missing' in found) throw new Error(found.missing)
  return found.programs[name]
}
