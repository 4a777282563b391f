import { failed } from '../converge/results.ts'
import type { Rejected } from '../core/diagnostic.ts'
import { showOrigin } from '../core/origin.ts'
import type { Result } from '../core/result.ts'
import type { Pending } from '../playbook/pending.ts'

/** Why something is not known. */
export function hangsOn({ variable }: Pending): string {
  return `hangs on \`${variable}\`, not yet known`
}

/** What a task came to whose document turned out to be wrong. */
export function rejected({ diagnostics }: Rejected): Result {
  const said = diagnostics.map(({ message, origin }) => (origin ? `${message} (${showOrigin(origin)})` : message)).join('; ')
  const help = diagnostics.find((diagnostic) => diagnostic.help !== undefined)?.help
  return failed(said, {}, help)
}
