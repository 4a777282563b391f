import { redact, type Secret } from '../core/secret.ts'
import { escapeJson, escapeLine, escapeText } from './escape.ts'
import { type Line, paint } from './line.ts'
import { redactValue } from './redact.ts'

interface Streams {
  /** For data: what a pipe or a file is meant to receive. */
  readonly out: NodeJS.WritableStream
  /** For people: narration, progress, errors. */
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
}

interface ScreenOptions {
  readonly colour: boolean
}

/**
 * The one way out. Whatever is printed has its secrets blanked and its control characters shown as codes here, so nothing
 * that a host sends can repaint the operator's terminal. A pipe closed by its reader is a normal end.
 */
export class Screen {
  readonly #streams: Streams
  readonly #colour: boolean
  #around: { readonly hide: () => void; readonly show: () => void } | undefined
  #failure: Error | undefined

  constructor(streams: Streams, options: ScreenOptions) {
    this.#streams = streams
    this.#colour = options.colour
    for (const stream of [streams.out, streams.err]) stream.on('error', (error: NodeJS.ErrnoException) => this.#lost(error))
  }

  /** Why output could not be written, when the reason is not a closed pipe. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Whether people watch the narration as it appears. */
  get live(): boolean {
    return this.#streams.err.isTTY === true
  }

  /** For the one live line, which draws itself and is hidden while others are printed. */
  get liveStream(): NodeJS.WritableStream {
    return this.#streams.err
  }

  /** Prints a line for people. */
  note(...line: Line): void {
    this.notes([line])
  }

  /** Prints several lines for people in one piece. */
  notes(lines: readonly Line[]): void {
    if (lines.length === 0) return
    this.#around?.hide()
    this.#streams.err.write(lines.map((line) => `${this.#shown(line)}\n`).join(''))
    this.#around?.show()
  }

  /** Prints the start of a line that the operator's answer will finish. */
  prompt(...line: Line): void {
    this.#around?.hide()
    this.#streams.err.write(this.#shown(line))
  }

  /** Prints text for programs and pipes. */
  data(text: string): void {
    this.#streams.out.write(`${escapeText(redact(text))}\n`)
  }

  /** Prints one JSON document for programs. */
  json(value: unknown): void {
    this.#streams.out.write(`${escapeJson(JSON.stringify(redactValue(value), null, 2))}\n`)
  }

  /** Prints a secret in the clear, byte for byte. Only for a command whose whole purpose that is. */
  reveal(secret: Secret): void {
    this.#streams.out.write(secret.reveal())
  }

  /** Text as it would be printed, for the live line. */
  safe(text: string): string {
    return escapeLine(redact(text))
  }

  /** Has the live line taken away before others are printed, and put back after. */
  keepBelow(around: { readonly hide: () => void; readonly show: () => void } | undefined): void {
    this.#around = around
  }

  /** Resolves when everything printed has left the process, or can no longer leave it. */
  async drain(): Promise<void> {
    await Promise.all([this.#streams.out, this.#streams.err].map((stream) => new Promise((done) => stream.write('', done))))
  }

  #shown(line: Line): string {
    return line
      .map((piece) => {
        if (typeof piece === 'string') return this.safe(piece)
        const text = this.safe(piece.text)
        return this.#colour ? paint(piece.style, text) : text
      })
      .join('')
  }

  #lost(error: NodeJS.ErrnoException): void {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') this.#failure ??= error
  }
}
