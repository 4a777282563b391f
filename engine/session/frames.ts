/**
 * How a shell's answer is told apart from whatever its commands print. After every step the shell prints, on stdout and
 * on stderr alike, a line of its own:
 *
 *     <nonce> <step> <exit status>
 *
 * The nonce is random for each session and reaches the host on the shell's stdin only, so no output can contain it by
 * design or by accident, and output needs no escaping, counting or temporary file: it may be any bytes at all.
 */

export interface Framed {
  readonly step: number
  /** Undefined: the step was passed over because an earlier one had failed. */
  readonly rc: number | undefined
  readonly output: Uint8Array
}

/** The host answered with something that is not a frame where one must be, or with more than the limit. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ProtocolError'
  }
}

/** Cuts one stream into frames, whatever pieces its bytes arrive in. */
export class FrameReader {
  readonly #mark: Buffer
  readonly #limitBytes: number
  /** Grows by doubling, so that a host which sends byte by byte costs no more memory than one that does not. */
  #held: Buffer = Buffer.alloc(0)
  #length = 0

  constructor(nonce: string, limitBytes: number) {
    this.#mark = Buffer.from(`\n${nonce} `)
    this.#limitBytes = limitBytes
  }

  /** Bytes that belong to no finished frame yet. */
  get rest(): Uint8Array {
    return this.#held.subarray(0, this.#length)
  }

  /** Takes the next bytes, and gives the frames they complete. Throws a `ProtocolError`. */
  push(bytes: Uint8Array): Framed[] {
    // Only the new bytes, and the few before them that may hold half a mark or trailer, need searching.
    const searched = Math.max(0, this.#length - this.#mark.length - TRAILER_BYTES)
    this.#append(bytes)
    const frames = this.#cut(searched)
    if (this.#length > this.#limitBytes) throw new ProtocolError(`more than ${this.#limitBytes} bytes of output in one step`)
    return frames
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#held.length))
      this.#held.copy(larger, 0, 0, this.#length)
      this.#held = larger
    }
    this.#held.set(bytes, this.#length)
    this.#length = length
  }

  #cut(searched: number): Framed[] {
    const frames: Framed[] = []
    const all = this.#held.subarray(0, this.#length)
    let start = 0
    for (;;) {
      const mark = all.indexOf(this.#mark, Math.max(start, searched))
      const end = mark < 0 ? -1 : all.indexOf(10, mark + this.#mark.length)
      if (end < 0) {
        if (mark >= 0 && all.length - mark > this.#mark.length + TRAILER_BYTES) throw new ProtocolError('a frame with a broken end')
        break
      }
      frames.push(readFrame(all.subarray(start, mark), all.toString('latin1', mark + this.#mark.length, end)))
      start = end + 1
    }
    // What was cut off is the caller's now: what comes next is written elsewhere.
    if (start > 0) this.#held = Buffer.from(all.subarray(start))
    this.#length -= start
    return frames
  }
}

/** Room for a step number and a status. */
const TRAILER_BYTES = 32

function readFrame(output: Buffer, trailer: string): Framed {
  const match = /^(\d{1,9}) (\d{1,3}|-)$/.exec(trailer)
  if (!match) throw new ProtocolError('a frame with a broken end')
  return { step: Number(match[1]), rc: match[2] === '-' ? undefined : Number(match[2]), output }
}
