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
  #pieces: Buffer[] = []
  #held = 0

  constructor(nonce: string, limitBytes: number) {
    this.#mark = Buffer.from(`\n${nonce} `)
    this.#limitBytes = limitBytes
  }

  /** Bytes that belong to no finished frame yet. */
  get rest(): Uint8Array {
    return Buffer.concat(this.#pieces)
  }

  /** Takes the next bytes, and gives the frames they complete. Throws a `ProtocolError`. */
  push(bytes: Uint8Array): Framed[] {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const overlap = this.#tail()
    this.#pieces.push(piece)
    this.#held += piece.length
    // Only the new bytes, and the few before them that may hold half a mark, need searching.
    if (!Buffer.concat([overlap, piece]).includes(this.#mark)) {
      if (this.#held > this.#limitBytes) throw new ProtocolError(`more than ${this.#limitBytes} bytes of output in one step`)
      return []
    }
    return this.#cut(Buffer.concat(this.#pieces))
  }

  /** The last bytes so far: as many as a whole trailer line can be long. */
  #tail(): Buffer {
    const wanted = this.#mark.length + TRAILER_BYTES
    const tail: Buffer[] = []
    let length = 0
    for (let i = this.#pieces.length - 1; i >= 0 && length < wanted; i--) {
      const piece = this.#pieces[i] as Buffer
      tail.unshift(piece)
      length += piece.length
    }
    const joined = Buffer.concat(tail)
    return joined.subarray(Math.max(0, joined.length - wanted))
  }

  #cut(all: Buffer): Framed[] {
    const frames: Framed[] = []
    let start = 0
    for (;;) {
      const mark = all.indexOf(this.#mark, start)
      const end = mark < 0 ? -1 : all.indexOf(10, mark + this.#mark.length)
      if (end < 0) {
        if (mark >= 0 && all.length - mark > this.#mark.length + TRAILER_BYTES) throw new ProtocolError('a frame with a broken end')
        break
      }
      frames.push(readFrame(all.subarray(start, mark), all.toString('latin1', mark + this.#mark.length, end)))
      start = end + 1
    }
    const rest = all.subarray(start)
    this.#pieces = rest.length > 0 ? [rest] : []
    this.#held = rest.length
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
