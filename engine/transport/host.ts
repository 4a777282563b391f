/**
 * The one interface behind which a host is reached. `ssh.ts` (node-ssh), `openssh.ts` (the system's ssh) and `local.ts`
 * implement it; nothing outside this folder knows which one it has.
 */
export interface Connection {
  /**
   * Starts a command in the login user's shell, without a terminal. The command must be words that sh, bash, fish and
   * csh read alike. Rejects with a `TransportError` if the channel could not be opened.
   */
  exec(command: string): Promise<Channel>
  /** Ends the connection and all its channels; resolves when nothing of it is left. Safe to call twice. */
  close(): Promise<void>
  /** Settles when the connection has ended: with the reason if it was lost, with undefined after `close`. */
  readonly ended: Promise<TransportError | undefined>
}

/** One running command. Both streams are raw bytes, in order; nothing is decoded, trimmed or limited here. */
export interface Channel {
  /** Resolves when the other side takes more (backpressure). Rejects with a `TransportError` when the channel is gone. */
  write(data: string | Uint8Array): Promise<void>
  /** Ends stdin. */
  end(): void
  /**
   * Called for each piece of stdout. Bytes wait until it is set, and while the promise it may return is pending: so a slow
   * listener slows the command down instead of filling memory.
   */
  onStdout(listener: Listener): void
  /** As `onStdout`; without a listener, stderr is dropped once the command has ended. */
  onStderr(listener: Listener): void
  /** Settles once, after the last byte of both streams; a lost connection is a result here too, not an exception. */
  readonly exit: Promise<ChannelExit>
  /** Closes the channel without waiting for the command, which may go on where the transport has no way to signal it. */
  kill(): void
}

export type Listener = (bytes: Uint8Array) => void | Promise<void>

export interface ChannelExit {
  /** Null when a signal ended the command or the connection was lost. */
  readonly code: number | null
  readonly signal?: string
  readonly lost?: TransportError
}

export type TransportProblem =
  | 'refused'
  | 'timeout'
  | 'resolve'
  | 'unreachable'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'authentication'
  | 'dropped'
  | 'lost'
  | 'start'

/** Why a host could not be reached, kinds kept apart because each has its own cure. Message and help follow `Diagnostic`. */
export class TransportError extends Error {
  readonly problem: TransportProblem
  readonly help: string | undefined
  /** Whether trying again may succeed: a busy sshd yes, a wrong key no. */
  readonly retryable: boolean

  constructor(problem: TransportProblem, message: string, options: { readonly help?: string; readonly retryable?: boolean } = {}) {
    super(message)
    this.name = 'TransportError'
    this.problem = problem
    this.help = options.help
    this.retryable = options.retryable ?? false
  }
}
