const pending: (() => Promise<void>)[] = []

/** Promises to run this once when the test process ends, also after a crash of a test or Ctrl-C. */
export function atEnd(cleanUp: () => Promise<void>): void {
  pending.push(cleanUp)
}

/** Runs what was promised to `atEnd`, the latest first; returns what went wrong. */
export async function cleanUp(): Promise<readonly unknown[]> {
  const problems: unknown[] = []
  for (let next = pending.pop(); next; next = pending.pop()) {
    await next().catch((error: unknown) => problems.push(error))
  }
  return problems
}
