/** `npm test`: every test that needs no program built first. */
import { availableParallelism } from 'node:os'
import { runTestFiles } from './support/run_files.ts'

// Tests on real hosts wait more than they work.
const processes = Number(process.env['HOLDFAST_TEST_PROCESSES']) || Math.min(availableParallelism() + 1, 4)
await runTestFiles('.test.ts', process.argv.slice(2), { processes })
