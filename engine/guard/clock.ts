/** Time as the guards know it; a test has its own. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number
  /** Gives whether the time has passed; an interruption ends it early. */
  wait(ms: number): Promise<boolean>
  /** From 0 up to 1, so that runs which collide do not collide again. */
  random(): number
}
