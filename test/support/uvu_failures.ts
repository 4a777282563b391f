/**
 * The `suite` of uvu that test files get (`uvu_hook.ts`), which also tells of a test that failed while its suite goes on. By itself it
 * tells at the end of a suite, which never comes for one that runs out of time.
 */
import { suite as plainSuite } from 'uvu'

type Plain = ReturnType<typeof plainSuite>
type Handler = Parameters<Plain>[1]

const failures: string[] = []

/** What became of the tests that failed since the last call. */
export function takeFailures(): readonly string[] {
  return failures.splice(0)
}

/** A suite of uvu whose failures can be taken before it ends. */
export function suite(subject = ''): Plain {
  const plain = plainSuite(subject)
  const heard = (title: string, handler: Handler): void => plain(title, hearing(`${subject} "${title}"`, handler))
  const only = (title: string, handler: Handler): void => plain.only(title, hearing(`${subject} "${title}"`, handler))
  return Object.assign(heard, plain, { only })
}

function hearing(name: string, handler: Handler): Handler {
  return async (context) => {
    try {
      await handler(context)
    } catch (error) {
      failures.push(`  FAIL  ${name}\n${shown(error)}\n`)
      throw error
    }
  }
}

/** With the comparison that uvu adds to an assertion. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const details = 'details' in error && typeof error.details === 'string' ? `\n${error.details}` : ''
  return `${error.stack ?? error.message}${details}`
}
