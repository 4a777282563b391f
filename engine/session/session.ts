import { randomBytes } from 'node:crypto'
import type { Output } from '../core/module.ts'
import { Turns } from '../core/turns.ts'
import { type Channel, type ChannelExit, TransportError } from '../transport/host.ts'
import { type Answer, Answers, Overdue, unasked } from './answers.ts'
import { type Framed, FrameReader, ProtocolError } from './frames.ts'
import { framed, greeting, type Step } from './shell_step.ts'
import { bodiesOf, type Stage, type StepBody } from './step_body.ts'

export interface SessionOptions {
  /** The mark with which the shell's opening script ends its output, see `opening`. */
  readonly token: string
  readonly stage: Stage
  /** Most bytes one step may print on one stream: a host must not be able to fill the controller's memory. */
  readonly limitBytes?: number
  /** For the opening script to end. */
  readonly openingMs?: number
}

const OUTPUT_LIMIT_BYTES = 128 * 1024 * 1024

/**
 * One shell on a host, kept open for the run. The steps of an exchange are written together and answered together, so an
 * exchange costs one round trip whatever the number of steps. Exchanges take turns.
 */
export class Session {
  /** What the opening script printed, after whatever noise the login shell made. */
  readonly opened: Promise<Output>
  readonly #channel: Channel
  readonly #options: SessionOptions
  readonly #nonce = randomBytes(16).toString('hex')
  readonly #turns = new Turns()
  readonly #readers: { stdout: FrameReader; stderr: FrameReader }
  #next = 0
  #answers: Answers | undefined
  #broken: Error | undefined
  #exchanges = 0
  #timer: NodeJS.Timeout | undefined
  /** Bytes since the exchange began: many steps below the limit must not fill the memory together. */
  #taken = 0

  constructor(channel: Channel, options: SessionOptions) {
    this.#channel = channel
    this.#options = options
    this.#readers = { stdout: this.#reader(options.token), stderr: this.#reader(options.token) }
    this.opened = this.#await([{}], options.openingMs ?? OPENING_MS).then(([answer]) => this.#begin(answer))
    this.opened.catch(() => undefined)
    channel.onStdout((bytes) => this.#take('stdout', bytes))
    channel.onStderr((bytes) => this.#take('stderr', bytes))
    void channel.exit.then((exit) => this.#end(whyEnded(exit)))
  }

  /** Why the session can no longer be used, if so. */
  get broken(): Error | undefined {
    return this.#broken
  }

  /** Exchanges so far: round trips after the shell was opened. */
  get exchanges(): number {
    return this.#exchanges
  }

  /** Runs the steps in order and gives what each left. Rejects with `TransportError` or `ProtocolError`; the session is then over. */
  exchange(steps: readonly Step[], timeoutMs: number): Promise<readonly Answer[]> {
    return this.#turns.take(() => this.#exchange(steps, timeoutMs))
  }

  close(): void {
    this.#channel.end()
    this.#channel.kill()
  }

  #reader(mark: string): FrameReader {
    return new FrameReader(mark, this.#options.limitBytes ?? OUTPUT_LIMIT_BYTES)
  }

  #begin(answer: Answer): Output {
    for (const stream of ['stdout', 'stderr'] as const) {
      const early = this.#readers[stream].rest
      this.#readers[stream] = this.#reader(this.#nonce)
      this.#readers[stream].push(early)
    }
    return answer as Output
  }

  async #exchange(steps: readonly Step[], timeoutMs: number): Promise<readonly Answer[]> {
    await this.opened
    if (this.#broken) throw this.#broken
    if (steps.length === 0) return []
    const texts = this.#exchanges === 0 ? [greeting(this.#nonce)] : ['hf_ok=1; set --\n']
    const bodies = await bodiesOf(steps, this.#options.stage)
    for (const [i, step] of steps.entries()) texts.push(framed(step, { ...(bodies[i] as StepBody), number: this.#next + i }))
    const answers = this.#await(steps, timeoutMs)
    this.#exchanges++
    this.#channel.write(texts.join('')).catch((error: Error) => this.#fail(error))
    return await answers
  }

  #await(steps: readonly Pick<Step, 'timeoutMs'>[], timeoutMs: number): Promise<readonly Answer[]> {
    const answers = new Answers(steps, this.#next)
    this.#next += steps.length
    this.#taken = 0
    if (this.#broken) answers.fail(this.#broken)
    else {
      this.#answers = answers
      this.#allow(steps[0]?.timeoutMs ?? timeoutMs)
    }
    return answers.all.finally(() => clearTimeout(this.#timer))
  }

  /** The next answer must come within this time. */
  #allow(timeoutMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#fail(overdue(timeoutMs, this.#answers)), timeoutMs)
  }

  #take(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    if (this.#broken) return
    try {
      this.#taken += bytes.length
      const limit = 2 * (this.#options.limitBytes ?? OUTPUT_LIMIT_BYTES)
      if (this.#taken > limit) throw new ProtocolError(`more than ${limit} bytes of output in one exchange`)
      for (const frame of this.#readers[stream].push(bytes)) this.#answer(stream, frame)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #answer(stream: 'stdout' | 'stderr', frame: Framed): void {
    const answers = this.#answers
    if (!answers) throw unasked(frame.step)
    answers.take(stream, frame)
    const timeoutMs = answers.timeAfter(frame.step)
    if (answers.areWhole) this.#answers = undefined
    else if (timeoutMs !== undefined) this.#allow(timeoutMs)
  }

  #fail(error: Error): void {
    this.#end(error)
    this.#channel.kill()
  }

  #end(error: Error): void {
    this.#broken ??= error
    this.#answers?.fail(this.#broken)
    this.#answers = undefined
  }
}

const OPENING_MS = 120_000

function whyEnded(exit: ChannelExit): TransportError {
  if (exit.lost) return exit.lost
  const how = exit.signal ? `ended by ${exit.signal}` : `ended with status ${exit.code}`
  return new TransportError('lost', `the shell on the host ${how}`, { retryable: true })
}

function overdue(timeoutMs: number, answers: Answers | undefined): Overdue {
  return new Overdue(`the host gave no answer within ${Math.round(timeoutMs / 100) / 10} s`, answers?.soFar ?? [])
}
