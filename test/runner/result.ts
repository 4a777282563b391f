import type { Result, Status } from '../../engine/core/result.ts'

/** A result of which only the status matters. */
export function result(status: Status): Result {
  return { status, changes: [], registered: {} }
}
