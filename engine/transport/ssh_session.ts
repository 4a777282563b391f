import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { type Channel, type ChannelExit, type Connection, TransportError } from './host.ts'
import { lostProblem, startProblem, systemProblem, text } from './problem.ts'
import { channelOver } from './stream_channel.ts'
import type { HostTarget } from './target.ts'

/** A connection that can also carry the connections to other hosts. */
export interface SshConnection extends Connection {
  forward(address: string, port: number): Promise<Duplex>
}

/** What has become of a client. */
export interface State {
  error?: unknown
  closing: boolean
  /** Set once nothing more can come or go. */
  over?: { readonly problem: TransportError | undefined }
  readonly ended: Promise<TransportError | undefined>
}

/** Follows a client from the start. node-ssh stops listening once it is connected, and an error nobody hears ends the process. */
export function watch(client: Client, target: HostTarget): State {
  let settle: (problem: TransportError | undefined) => void = () => undefined
  const ended = new Promise<TransportError | undefined>((resolve) => {
    settle = resolve
  })
  const state: State = { closing: false, ended }
  client.on('error', (error) => {
    state.error ??= error
  })
  client.on('close', () => {
    state.over ??= { problem: state.closing ? undefined : lossOf(state, target) }
    settle(state.over.problem)
  })
  return state
}

export interface Session {
  readonly client: Client
  readonly state: State
  readonly target: HostTarget
  readonly socket: Duplex
}

/** The connection over a client that has logged in. */
export function connectionOver(session: Session): SshConnection {
  const { client, state, target, socket } = session
  return {
    ended: state.ended,
    exec: (command) => open(session, { start: (done) => client.exec(command, done), use: (stream) => commandOver(stream, session) }),
    forward: (address, port) =>
      open<Duplex>(session, { start: (done) => client.forwardOut('127.0.0.1', 0, address, port, done), use: (stream) => stream }).catch(
        (error: TransportError) => {
          throw error.problem === 'lost' ? error : forwardProblem(target, { address, port, reason: error.message })
        },
      ),
    close: async () => {
      if (state.over) return
      state.closing = true
      client.end()
      const patience = setTimeout(() => socket.destroy(), CLOSE_PATIENCE_MS)
      await state.ended
      clearTimeout(patience)
    },
  }
}

const CLOSE_PATIENCE_MS = 1000

interface Opening<T> {
  readonly start: (done: (error: Error | undefined, stream: ClientChannel) => void) => void
  /** Called at once: the end of a quick command may come in the same packet as its start. */
  readonly use: (stream: ClientChannel) => T
}

function open<T>({ state, target }: Session, { start, use }: Opening<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(lossBefore(state, target) ?? startProblem(target, text(error)))
    try {
      start((error, stream) => {
        // A cut connection reports its pending calls before its own end.
        if (error) setImmediate(fail, error)
        else resolve(use(stream))
      })
    } catch (error) {
      fail(error)
    }
  })
}

function commandOver(stream: ClientChannel, { state, target }: Session): Channel {
  let exit: ChannelExit | undefined
  stream.on('exit', (code: number | null, signal?: string) => {
    exit = code === null ? { code, ...(signal && { signal }) } : { code }
  })
  const over = new Promise<ChannelExit>((resolve) => {
    stream.on('close', () =>
      resolve(exit ?? { code: null, lost: lossBefore(state, target) ?? lostProblem(target, 'it gave no exit status') }),
    )
  })
  const kill = () => {
    stream.signal('KILL')
    stream.close()
  }
  return channelOver({ stdin: stream, stdout: stream, stderr: stream.stderr, over, kill })
}

function lossBefore(state: State, target: HostTarget): TransportError | undefined {
  if (!state.over) return undefined
  return state.over.problem ?? lostProblem(target, 'it was closed')
}

function lossOf(state: State, target: HostTarget): TransportError {
  return state.error ? systemProblem(state.error, target) : lostProblem(target, 'the other side closed it')
}

function forwardProblem(
  target: HostTarget,
  to: { readonly address: string; readonly port: number; readonly reason: string },
): TransportError {
  const message = `\`${target.name}\` could not connect to ${to.address} port ${to.port}: ${to.reason}`
  return new TransportError('unreachable', message, {
    help: 'check that the jump host may reach it and allows TCP forwarding',
    retryable: true,
  })
}
