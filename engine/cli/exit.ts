/** Every way the command ends, as scripts see it. */
export const exit = {
  clean: 0,
  failed: 1,
  rejected: 2,
  drift: 3,
  declined: 4,
  bug: 70,
  interrupted: 130,
} as const

export type ExitCode = (typeof exit)[keyof typeof exit]

/** What each code means, as the help prints it. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [exit.clean, 'done; nothing failed and, for `drift`, nothing differs'],
  [exit.failed, 'some host failed or could not be reached'],
  [exit.rejected, 'could not start: the command line, a document or the set-up needs mending'],
  [exit.drift, 'drift was found'],
  [exit.declined, 'the changes were not confirmed'],
  [exit.bug, 'a bug in holdfast'],
  [exit.interrupted, 'interrupted; what was in flight was finished or abandoned cleanly'],
]
