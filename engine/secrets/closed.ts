import { Rejected } from '../core/diagnostic.ts'
import type { Sealed } from './open.ts'

/** Thrown where something asks for a value that was left closed. Whoever can wait opens it and asks again. */
export class Closed extends Rejected {
  readonly sealed: Sealed

  constructor(sealed: Sealed) {
    const { name, origin } = sealed
    const help = 'give it to a task as a param, or to a template; conditions and loops cannot wait until it is opened'
    super([{ code: 'secret-closed', message: `\`${name}\` is opened for a task that needs it, and not here`, origin, help }])
    this.sealed = sealed
  }
}
