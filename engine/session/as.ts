import type { Become } from '../transport/become.ts'

/** How a shell on the host is to be had: as the login user (undefined), or as someone else. */
export type As = Become | undefined

/** The same for all tasks that share a shell. */
export function keyOf(as: As): string {
  return as ? `${as.method} ${as.user}` : ''
}
