/** What is missing for tests that give files to other users: a list for `suiteUnless`. */
export const NO_ROOT: readonly string[] = process.getuid?.() === 0 ? [] : ['needs root: run the tests with sudo']
