/**
 * A name that will have a value, but not yet: a fact before contact, the result of an earlier task. The runner stops
 * looking ahead here, and preflight leaves the task to the run.
 */
export class Pending extends Error {
  readonly variable: string

  constructor(variable: string) {
    super(`\`${variable}\` is not known yet`)
    this.name = 'Pending'
    this.variable = variable
  }
}
