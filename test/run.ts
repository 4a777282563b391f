/** `npm test`: every test that needs no program built first. */
import { runTestFiles } from './support/run_files.ts'

await runTestFiles('.test.ts', process.argv.slice(2))
