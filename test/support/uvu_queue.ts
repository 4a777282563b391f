/** What one suite came to: its errors as uvu shows them, and how many tests passed, were left out, and exist. */
export type Counts = readonly [errors: string | true, passed: number, skipped: number, total: number]

interface UvuGlobals {
  UVU_DEFER: number
  UVU_QUEUE: (() => Promise<Counts>)[][]
}

const uvu = globalThis as unknown as UvuGlobals

// Read by uvu when it is first imported: suites wait for the runner instead of running by themselves.
uvu.UVU_DEFER = 1
uvu.UVU_QUEUE = [[]]

/** The suites that files have registered since the last call. Import this file before anything that imports uvu. */
export function takeSuites(): readonly (() => Promise<Counts>)[] {
  return uvu.UVU_QUEUE[0]?.splice(0) ?? []
}
