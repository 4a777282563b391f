import type { Secret } from '../core/secret.ts'
import { createKeyFiles, type KeyFiles } from './ssh_keys.ts'
import type { SshConnection } from './ssh_session.ts'
import { createStartLimit, type StartLimit } from './start_limit.ts'

/** What the connections of one run have in common. */
export interface Shared {
  readonly starts: StartLimit
  readonly keys: KeyFiles
  /** What was answered when a passphrase was asked for, so that nobody is asked twice. */
  readonly passphrases: Map<string, Promise<Secret | undefined>>
  /** Connections to hosts that others are reached through, by who logs in where. */
  readonly bastions: Map<string, Bastion>
}

/** One connection through which several hosts are reached; the last one out closes it. */
export interface Bastion {
  readonly connection: Promise<SshConnection>
  users: number
}

export function createShared(): Shared {
  return { starts: createStartLimit(), keys: createKeyFiles(), passphrases: new Map(), bastions: new Map() }
}
