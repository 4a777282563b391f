import { createContext, Script } from 'node:vm'
import { reject } from './diagnostic.ts'

/** Far more than any sensible pattern takes, and short enough for the hosts that wait meanwhile. */
const LIMIT_MS = 2000

const work = createContext({})
const script = new Script('search()')

/** Without a repetition, a pattern is done with a text at once. */
const REPEATS = /[*+?{]/

/**
 * The result of a search for patterns that a user wrote, in text that may come from a host. Some patterns take for ever on some
 * texts, such as `(=+)+$` on many `=`, and meanwhile nothing else here would run. Rejects when it takes longer than two seconds.
 */
export function withinSearchTime<T>(patterns: readonly (string | undefined)[] | 'any', search: () => T): T {
  if (patterns !== 'any' && !patterns.some((pattern) => pattern !== undefined && REPEATS.test(pattern))) return search()
  work['search'] = search
  try {
    return script.runInContext(work, { timeout: LIMIT_MS }) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return reject({
      code: 'slow-pattern',
      message: `a regular expression was still searching after ${LIMIT_MS / 1000} s`,
      help: 'write it so that each part of a text can match in one way only: no repetition inside a repetition, as in `(a+)+`',
    })
  }
}
