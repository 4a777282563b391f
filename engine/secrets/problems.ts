import { type Diagnostic, Rejected } from '../core/diagnostic.ts'

/** Collects what a user can mend in the documents. A problem of the keyring itself has no place there, and ends the opening. */
export function collector(problems: Diagnostic[]): <T>(attempt: () => Promise<T>) => Promise<T | undefined> {
  return async (attempt) => {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof Rejected) || error.diagnostics.some(({ origin }) => origin === undefined)) throw error
      problems.push(...error.diagnostics)
      return undefined
    }
  }
}
