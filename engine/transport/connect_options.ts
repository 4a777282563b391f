import type { Secret } from '../core/secret.ts'
import type { Shared } from './shared.ts'

/** What one run knows about the operator's machine, and the questions it may ask. */
export interface ConnectOptions {
  /** The operator's home directory, below which `.ssh` is. */
  readonly home: string
  /** Asked once for each locked key file that a host would take; undefined means that nobody knows it. */
  readonly askPassphrase?: (keyFile: string) => Promise<Secret | undefined>
  /** Told about things a person should know that are no failure, such as a newly accepted host key. */
  readonly notice?: (text: string) => void
  /** What the connections of one run have in common; left out, this connection shares nothing. */
  readonly shared?: Shared
  /** How often a host that dropped the connection before the login is tried again; left out, 4 times. */
  readonly retries?: number
}
