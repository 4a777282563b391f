import { createHash } from 'node:crypto'
import { Secret } from './secret.ts'

/** Larger content is uploaded beside the script instead of standing in it. */
export const INLINE_LIMIT_BYTES = 64 * 1024

interface Stored {
  readonly sha256: string
  readonly size: number
  readonly open: () => AsyncIterable<Uint8Array>
}

/** Bytes on their way to a host, known by digest and size before they travel. Printing one shows neither. */
export class Content {
  readonly sha256: string
  readonly size: number
  /** Came from a secret: never shown in a diff, never staged in a file of its own. */
  readonly sensitive: boolean
  readonly #open: () => AsyncIterable<Uint8Array>
  readonly #bytes: Uint8Array | undefined

  private constructor(stored: Stored, sensitive: boolean, bytes?: Uint8Array) {
    this.sha256 = stored.sha256
    this.size = stored.size
    this.sensitive = sensitive
    this.#open = stored.open
    this.#bytes = bytes
  }

  /** Content held in memory; a `Secret` makes it sensitive, and so does the caller who knows that one went into it. */
  static of(value: string | Uint8Array | Secret, { sensitive = value instanceof Secret } = {}): Content {
    const raw = value instanceof Secret ? value.reveal() : value
    const bytes = typeof raw === 'string' ? Buffer.from(raw) : raw
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return new Content({ sha256, size: bytes.length, open: () => each([bytes]) }, sensitive, bytes)
  }

  /** Content that stays on the controller's disk until it is needed. */
  static stored(stored: Stored): Content {
    return new Content(stored, false)
  }

  /** The bytes, when they are held in memory. */
  get bytes(): Uint8Array | undefined {
    return this.#bytes
  }

  /** The same content with its size known: what is pinned by its digest alone has size 0 until it is brought here. */
  async brought(): Promise<Content> {
    if (this.size > 0 || this.#bytes !== undefined) return this
    const pieces: Uint8Array[] = []
    for await (const piece of this.open()) pieces.push(piece)
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    return new Content({ sha256: this.sha256, size, open: () => each(pieces) }, this.sensitive)
  }

  /** Whether the bytes travel inside a script: short ones do, and so do sensitive ones of any length. */
  get inline(): boolean {
    return this.#bytes !== undefined && (this.sensitive || this.size <= INLINE_LIMIT_BYTES)
  }

  open(): AsyncIterable<Uint8Array> {
    return this.#open()
  }

  toString(): string {
    return `<${this.sensitive ? 'secret ' : ''}content>`
  }

  toJSON(): string {
    return this.toString()
  }
}

async function* each(pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* pieces
}
