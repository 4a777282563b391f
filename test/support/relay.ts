import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP relay on loopback that delays, counts and breaks what passes through it. */
export interface Relay {
  readonly port: number
  /** How often the side that dialled began to wait for the other: the round trips its conversation took. */
  roundTrips(): number
  /** Bytes that went through, by direction. */
  readonly bytes: { up: number; down: number }
  /** Ends every connection with a reset, as a network that forgot them would. New ones are taken again. */
  cut(): void
  /** Passes nothing on any more, and says nothing about it: a black hole. */
  stall(): void
  /** Ends the relay and all its connections. */
  close(): Promise<void>
}

export interface RelayOptions {
  readonly to: { readonly host?: string; readonly port: number }
  /** Added to every round trip, half in each direction. */
  readonly delayMs?: number
  /** Told each time before something is passed on, with what went through until then: a place to break it. */
  readonly onPass?: (relay: Relay) => void
}

/** Starts a relay to one place. */
export async function relay({ to, delayMs = 0, onPass = () => undefined }: RelayOptions): Promise<Relay> {
  const sockets = new Set<Socket>()
  const state = { trips: 0, stalled: false, bytes: { up: 0, down: 0 } }
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: to.host ?? '127.0.0.1', port: to.port, noDelay: true })
    let asking = false
    for (const socket of [near, far]) follow(socket, sockets)
    // An end that died takes the other with it, unless the line is silent.
    near.on('close', (broken) => broken && !state.stalled && far.destroy())
    far.on('close', (broken) => broken && !state.stalled && near.destroy())
    pass({ from: near, into: far, delayMs: delayMs / 2, stalled: () => state.stalled }, (size) => {
      onPass(handle)
      state.bytes.up += size
      if (!asking) state.trips += 1
      asking = true
    })
    pass({ from: far, into: near, delayMs: delayMs / 2, stalled: () => state.stalled }, (size) => {
      onPass(handle)
      state.bytes.down += size
      asking = false
    })
  })
  const handle: Relay = {
    port: await listening(server),
    bytes: state.bytes,
    roundTrips: () => state.trips,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    stall: () => {
      state.stalled = true
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return handle
}

interface Way {
  readonly from: Socket
  readonly into: Socket
  readonly delayMs: number
  readonly stalled: () => boolean
}

function pass({ from, into, delayMs, stalled }: Way, count: (size: number) => void): void {
  const later = (act: () => void) => (delayMs > 0 ? setTimeout(act, delayMs) : act())
  from.on('data', (bytes) => {
    if (stalled()) return
    count(bytes.length)
    if (stalled() || from.destroyed) return
    later(() => into.writable && !into.write(bytes) && hold(from, into))
  })
  from.on('end', () => later(() => into.end()))
}

/** The other side takes no more for now: neither does this one. */
function hold(from: Socket, into: Socket): void {
  from.pause()
  into.once('drain', () => from.resume())
}

function follow(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => sockets.delete(socket))
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port))
  })
}
