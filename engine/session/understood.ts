import { Refusal } from '../core/module.ts'

/** What `read` makes of a host's words. A host that answers with something no host would say has failed; it does not end the run of the others. */
export function understood<T>(module: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(`\`${module}\` can make nothing of what the host answered: ${error instanceof Error ? error.message : String(error)}`)
  }
}
