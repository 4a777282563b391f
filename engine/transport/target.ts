import type { Secret } from '../core/secret.ts'

/** `smart` is `ssh`, except where only `openssh` can serve the host. */
export type ConnectionKind = 'ssh' | 'openssh' | 'local' | 'smart'

/** `accept-new` records the key of a host that has none on record; a changed key is refused either way. */
export type HostKeyPolicy = 'strict' | 'accept-new'

/** Where and how a host is reached, as plain data. */
export interface HostTarget {
  /** The inventory's name of the host; it stands in every message. */
  readonly name: string
  readonly address: string
  readonly connection: ConnectionKind
  /** Left out, 22, or what ssh_config says where `openssh` reads it. */
  readonly port?: number
  /** Left out, the operator's own user name. */
  readonly user?: string
  /** Private keys, in the order in which they are tried; none means the agent and the usual files in `~/.ssh`. */
  readonly keyFiles?: readonly string[]
  /** The socket of an ssh-agent. */
  readonly agent?: string
  readonly password?: Secret
  /** Hosts to go through, the nearest first. */
  readonly jumps?: readonly HostTarget[]
  /** A command whose stdin and stdout are the connection; only `openssh` has it. */
  readonly proxyCommand?: string
  /** Further words for `ssh`, taken as they are; only `openssh` has them. */
  readonly sshWords?: readonly string[]
  readonly hostKeyPolicy?: HostKeyPolicy
  /** Left out, `~/.ssh/known_hosts` and the machine's own. The first is the one `accept-new` writes to. */
  readonly knownHostsFiles?: readonly string[]
  /** For everything up to the logged-in connection; the time a person takes to type a passphrase is not counted. */
  readonly timeoutMs?: number
  /** How often a silent connection is asked for a sign of life; three without answer and it counts as lost. */
  readonly keepaliveMs?: number
}

export const DEFAULT_PORT = 22
export const DEFAULT_TIMEOUT_MS = 15_000
export const DEFAULT_KEEPALIVE_MS = 15_000
