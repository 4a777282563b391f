import type { Become } from '../transport/become.ts'
import type { Connection } from '../transport/host.ts'

/** A way to a host that is apart from that of its tasks. */
export interface Way {
  /** Makes a new connection. Rejects with a `TransportError`. */
  readonly connect: () => Promise<Connection>
  /** How root's shell is had where the login user is another. */
  readonly root: () => Become
}
