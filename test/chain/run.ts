/** `npm run test:chain`: the tests that run real chains. They need the pinned programs, built once with Go. */
import { runTestFiles } from '../support/run_files.ts'

await runTestFiles('.chain.ts', process.argv.slice(2))
