import type { Channel, Listener } from './host.ts'

/** One stream of a channel, held back until a marker line has passed; what came before it is kept apart. */
export interface Gate {
  /** What came before the marker, up to a limit; for judging why the marker never came. */
  noise(): string
  readonly opened: Promise<void>
  listen(listener: Listener): void
  /** Settles when the listener has taken what had come before it was set. */
  caughtUp(): Promise<void>
}

export interface GateOptions {
  readonly marker: string
  /** Told what has come so far, each time more comes and the marker is still missing. */
  readonly onNoise?: (noise: string) => void
}

/** Puts a gate on a stream: everything after the line `marker` goes to the listener that is set later, to the byte. */
export function gate(subscribe: (listener: Listener) => void, { marker, onNoise }: GateOptions): Gate {
  const sign = Buffer.from(`${marker}\n`)
  const store = holding()
  let before: Buffer = Buffer.alloc(0)
  let open = false
  let opening: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    opening = resolve
  })
  subscribe((bytes) => {
    if (open) return store.pass(bytes)
    before = Buffer.concat([before.subarray(-MOST_NOISE_BYTES), bytes])
    const at = before.indexOf(sign)
    if (at < 0) return onNoise?.(before.toString('latin1'))
    open = true
    opening()
    const rest = before.subarray(at + sign.length)
    before = before.subarray(0, at)
    return rest.length > 0 ? store.pass(rest) : undefined
  })
  return { noise: () => before.toString(), opened, listen: store.listen, caughtUp: store.caughtUp }
}

/** The channel, with its two streams behind gates. */
export function gated(channel: Channel, { stdout, stderr }: { readonly stdout: Gate; readonly stderr: Gate }): Channel {
  const exit = channel.exit.then(async (result) => {
    await Promise.all([stdout.caughtUp(), stderr.caughtUp()])
    return result
  })
  return { ...channel, exit, onStdout: stdout.listen, onStderr: stderr.listen }
}

const MOST_NOISE_BYTES = 64 * 1024
const MOST_HELD_BYTES = 1024 * 1024

/** Keeps what comes before there is a listener, and slows the stream down when that becomes much. */
function holding() {
  const held: Uint8Array[] = []
  let size = 0
  let hear: Listener | undefined
  let release: () => void = () => undefined
  const heard = new Promise<void>((resolve) => {
    release = resolve
  })
  let tail: Promise<void> | undefined
  const pass: Listener = (bytes) => {
    if (tail) tail = tail.then(() => hear?.(bytes))
    if (tail) return tail
    if (hear) return hear(bytes)
    held.push(bytes)
    size += bytes.length
    return size > MOST_HELD_BYTES ? heard : undefined
  }
  const listen = (listener: Listener) => {
    hear = listener
    for (const bytes of held.splice(0)) {
      const busy = tail ? tail.then(() => listener(bytes)) : listener(bytes)
      if (busy instanceof Promise) tail = busy
    }
    tail = tail?.then(() => {
      tail = undefined
    })
    release()
  }
  return { pass, listen, caughtUp: async () => tail }
}
