import type { Readable, Writable } from 'node:stream'
import { type Channel, type ChannelExit, type Listener, TransportError } from './host.ts'

/** The streams of a running command, whoever runs it. */
export interface CommandStreams {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Settles when the command is over, possibly before its last output has been read. */
  readonly over: Promise<ChannelExit>
  readonly kill: () => void
}

/** A channel over three streams of Node. */
export function channelOver({ stdin, stdout, stderr, over, kill }: CommandStreams): Channel {
  const out = tap(stdout)
  const err = tap(stderr)
  const pending = new Set<(problem: TransportError) => void>()
  let gone: TransportError | undefined
  const give = (problem: TransportError) => {
    gone ??= problem
    for (const reject of pending) reject(gone)
    pending.clear()
  }
  stdin.on('error', () => give(ENDED_EARLY()))
  const drained = over.then(async (result) => {
    give(result.lost ?? ENDED_EARLY())
    err.dropUnheard()
    await Promise.all([out.drained, err.drained])
    return result
  })
  const abandoned = once<ChannelExit>()
  return {
    exit: Promise.race([drained, abandoned.promise]),
    write: (data) => (gone ? rejected(gone) : write(stdin, data, pending)),
    end: () => stdin.end(),
    onStdout: out.listen,
    onStderr: err.listen,
    kill: () => {
      out.dropUnheard()
      err.dropUnheard()
      kill()
      // The host may wait for the command, or what it left running may hold the streams; neither holds us.
      const patience = new Promise<ChannelExit>((resolve) => setTimeout(resolve, KILL_PATIENCE_MS, { code: null }))
      void Promise.race([over, patience]).then((exit) => {
        for (const stream of [stdin, stdout, stderr]) stream.destroy()
        give(ENDED_EARLY())
        abandoned.resolve(exit)
      })
    },
  }
}

const KILL_PATIENCE_MS = 1000

function once<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

const ENDED_EARLY = () => new TransportError('lost', 'the command ended before it had read all of its input')

function write(stdin: Writable, data: string | Uint8Array, pending: Set<(problem: TransportError) => void>): Promise<void> {
  const written = new Promise<void>((resolve, reject) => {
    pending.add(reject)
    stdin.write(data, (error) => {
      pending.delete(reject)
      if (error) reject(ENDED_EARLY())
      else resolve()
    })
  })
  return quiet(written)
}

function rejected(problem: TransportError): Promise<void> {
  return quiet(Promise.reject(problem))
}

/** Who writes without waiting reads the loss from `exit`; it must not end the process as an unhandled rejection. */
function quiet(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined)
  return promise
}

interface Tap {
  readonly drained: Promise<void>
  listen(listener: Listener): void
  dropUnheard(): void
}

function tap(stream: Readable): Tap {
  let heard = false
  const drained = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve())
  })
  stream.on('error', () => undefined)
  stream.pause()
  return {
    drained,
    listen: (listener) => {
      heard = true
      stream.on('data', (bytes: Buffer) => {
        const busy = heed(listener, bytes)
        if (!(busy instanceof Promise)) return
        stream.pause()
        busy.catch(raise).then(() => stream.resume())
      })
      stream.resume()
    },
    dropUnheard: () => {
      if (!heard) stream.resume()
    },
  }
}

/** ssh2 takes what a listener throws for a broken connection, so a mistake of ours must surface elsewhere. */
function heed(listener: Listener, bytes: Uint8Array): ReturnType<Listener> {
  try {
    return listener(bytes)
  } catch (error) {
    return raise(error)
  }
}

function raise(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}
