import { randomBytes } from 'node:crypto'
import type { Content } from '../core/content.ts'
import type { Output } from '../core/module.ts'
import { quote, type Script } from '../core/script.ts'
import { type Channel, type ChannelExit, TransportError } from '../transport/host.ts'
import { type Framed, FrameReader, ProtocolError } from './frames.ts'
import { framed, greeting, type Step } from './shell_step.ts'
import { Turns } from './turns.ts'

/** What a step left; undefined where it was passed over. */
export type Answer = Output | undefined

/** A step did not answer in time. */
export class Overdue extends TransportError {
  /** What the steps before it left. */
  readonly answers: readonly Answer[]

  constructor(message: string, answers: readonly Answer[]) {
    super('timeout', message, { help: 'find out what it waits for on the host, or give the task a longer `timeout`' })
    this.answers = answers
  }
}

export interface SessionOptions {
  /** The mark with which the shell's opening script ends its output, see `opening`. */
  readonly token: string
  /** Uploads content too long for a script, and gives the path it has on the host. */
  readonly stage: (content: Content) => Promise<string>
  /** Most bytes one step may print on one stream: a host must not be able to fill the controller's memory. */
  readonly limitBytes?: number
  /** For the opening script to end. */
  readonly openingMs?: number
}

const OUTPUT_LIMIT_BYTES = 128 * 1024 * 1024

/** A step with its content at hand, and the files on the host that hold it. */
interface Prepared {
  readonly body: string
  readonly staged: readonly string[]
}

interface Partly {
  rc?: number | undefined
  stdout?: Uint8Array
  stderr?: Uint8Array
}

interface Waiting {
  readonly first: number
  readonly timeouts: readonly (number | undefined)[]
  readonly answers: Partly[]
  readonly resolve: (answers: readonly Answer[]) => void
  readonly reject: (error: Error) => void
}

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
  #waiting: Waiting | undefined
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
    const prepared: Prepared[] = []
    for (const { script } of steps) prepared.push(await this.#prepare(script))
    for (const [i, step] of steps.entries()) texts.push(framed(step, { ...withoutLater(prepared, i), number: this.#next + i }))
    const answers = this.#await(steps, timeoutMs)
    this.#exchanges++
    this.#channel.write(texts.join('')).catch((error: Error) => this.#fail(error))
    return await answers
  }

  #await(steps: readonly Pick<Step, 'timeoutMs'>[], timeoutMs: number): Promise<readonly Answer[]> {
    const first = this.#next
    this.#next += steps.length
    this.#taken = 0
    const answered = new Promise<readonly Answer[]>((resolve, reject) => {
      if (this.#broken) reject(this.#broken)
      else this.#waiting = { first, timeouts: steps.map((step) => step.timeoutMs), answers: steps.map(() => ({})), resolve, reject }
    })
    if (!this.#broken) this.#allow(steps[0]?.timeoutMs ?? timeoutMs)
    return answered.finally(() => clearTimeout(this.#timer))
  }

  /** The next answer must come within this time. */
  #allow(timeoutMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#fail(overdue(timeoutMs, this.#waiting)), timeoutMs)
  }

  async #prepare(script: Script): Promise<Prepared> {
    const parts: string[] = []
    const staged: string[] = []
    for (const part of script.parts) parts.push(typeof part === 'string' ? part : await this.#print(part, staged))
    return { body: parts.join(''), staged }
  }

  /** The command that prints the content. printf is part of the shell, so the bytes stand in no argument list. */
  async #print(content: Content, staged: string[]): Promise<string> {
    if (!content.inline || !content.bytes) {
      const path = await this.#options.stage(content)
      staged.push(path)
      return `cat ${quote(path)}`
    }
    return content.size === 0 ? 'true' : `printf %s '${Buffer.from(content.bytes).toString('base64')}' | base64 -d`
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

  #answer(stream: 'stdout' | 'stderr', { step, rc, output }: Framed): void {
    const waiting = this.#waiting
    const answer = waiting?.answers[step - waiting.first]
    if (!waiting || !answer || answer[stream]) throw new ProtocolError(`an answer to step ${step}, which was not asked`)
    if ((answer.stdout || answer.stderr) && answer.rc !== rc) throw new ProtocolError(`two different statuses for step ${step}`)
    answer.rc = rc
    answer[stream] = output
    if (waiting.answers.every(isWhole)) this.#finish(waiting)
    else this.#goOn(waiting, step - waiting.first)
  }

  #finish({ answers, resolve }: Waiting): void {
    this.#waiting = undefined
    resolve(answers.map(toAnswer))
  }

  /** The step after this one may have time of its own. */
  #goOn({ answers, timeouts }: Waiting, index: number): void {
    const next = timeouts[index + 1]
    if (next !== undefined && isWhole(answers[index] ?? {})) this.#allow(next)
  }

  #fail(error: Error): void {
    this.#end(error)
    this.#channel.kill()
  }

  #end(error: Error): void {
    this.#broken ??= error
    this.#waiting?.reject(this.#broken)
    this.#waiting = undefined
  }
}

/** The step at this place, with the staged files that no later one needs. */
function withoutLater(prepared: readonly Prepared[], index: number): Prepared {
  const later = new Set(prepared.slice(index + 1).flatMap(({ staged }) => staged))
  const { body, staged } = prepared[index] as Prepared
  return { body, staged: staged.filter((path) => !later.has(path)) }
}

const OPENING_MS = 120_000

function isWhole({ stdout, stderr }: Partly): boolean {
  return stdout !== undefined && stderr !== undefined
}

function toAnswer({ rc, stdout, stderr }: Partly): Answer {
  if (rc === undefined) return undefined
  return { rc, stdout: Buffer.from(stdout ?? []).toString(), stderr: Buffer.from(stderr ?? []).toString() }
}

function whyEnded(exit: ChannelExit): TransportError {
  if (exit.lost) return exit.lost
  const how = exit.signal ? `ended by ${exit.signal}` : `ended with status ${exit.code}`
  return new TransportError('lost', `the shell on the host ${how}`, { retryable: true })
}

function overdue(timeoutMs: number, waiting: Waiting | undefined): Overdue {
  const answers = waiting?.answers ?? []
  const first = answers.findIndex((answer) => !isWhole(answer))
  return new Overdue(`the host gave no answer within ${Math.round(timeoutMs / 100) / 10} s`, answers.slice(0, first).map(toAnswer))
}
