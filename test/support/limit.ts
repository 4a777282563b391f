const DEFAULT_SECONDS = 120

let seconds = DEFAULT_SECONDS

/** Gives each suite of this file another time limit than 120 seconds. Called at the top of a test file. */
export function limit(perSuite: number): void {
  seconds = perSuite
}

/** The limit of the file just imported; the next file starts with the default again. */
export function takeLimit(): number {
  const taken = seconds
  seconds = DEFAULT_SECONDS
  return taken
}
