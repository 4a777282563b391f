import { randomBytes } from 'node:crypto'
import type { Content } from '../core/content.ts'
import type { Output } from '../core/module.ts'
import { quote, type Script } from '../core/script.ts'
import { type Channel, type ChannelExit, TransportError } from '../transport/host.ts'
import { type Framed, FrameReader, ProtocolError } from './frames.ts'

/** One step of an exchange. A guarded step is passed over once an earlier guarded step of the exchange has failed. */
export interface Step {
  readonly script: Script
  readonly guarded?: boolean
  /** Exported to the commands of this step alone. */
  readonly environment?: { readonly [name: string]: string }
}

/** What a step left; undefined where it was passed over. */
export type Answer = Output | undefined

export interface SessionOptions {
  /** The mark with which the shell's opening script ends its output, see `opening`. */
  readonly token: string
  /** Uploads content too long for a script, and gives the path it has on the host. */
  readonly stage: (content: Content) => Promise<string>
  /** Most bytes one step may print on one stream: a host must not be able to fill the controller's memory. */
  readonly limitBytes?: number
}

const OUTPUT_LIMIT_BYTES = 128 * 1024 * 1024

/** The script a session's shell must begin with: the given one, and the frame that ends its output. */
export function opening(script: Script, token: string): string {
  const end = `'\\n%s 0 0\\n' ${token}`
  return `( ${script.text}\n) </dev/null; printf ${end}; printf ${end} >&2`
}

interface Waiting {
  readonly first: number
  readonly answers: { rc?: number | undefined; stdout?: Uint8Array; stderr?: Uint8Array }[]
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
  readonly #readers: { stdout: FrameReader; stderr: FrameReader }
  #next = 0
  #waiting: Waiting | undefined
  #broken: Error | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #exchanges = 0

  constructor(channel: Channel, options: SessionOptions) {
    this.#channel = channel
    this.#options = options
    this.#readers = { stdout: this.#reader(options.token), stderr: this.#reader(options.token) }
    this.opened = this.#await(1).then(([answer]) => this.#begin(answer))
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
    const turn = this.#turn.then(() => this.#exchange(steps, timeoutMs))
    this.#turn = turn.catch(() => undefined)
    return turn
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
    const texts = this.#exchanges === 0 ? [greeting(this.#nonce)] : ['hf_ok=1\n']
    const staged = new Set<string>()
    for (const [i, step] of steps.entries()) texts.push(framed(step, await this.#body(step.script, staged), this.#next + i))
    if (staged.size > 0) texts.push(`rm -f ${[...staged].map(quote).join(' ')} </dev/null >/dev/null 2>&1\n`)
    const answers = this.#await(steps.length)
    this.#exchanges++
    const timer = setTimeout(() => this.#fail(timedOut(timeoutMs)), timeoutMs)
    this.#channel.write(texts.join('')).catch((error: Error) => this.#fail(error))
    return await answers.finally(() => clearTimeout(timer))
  }

  #await(count: number): Promise<readonly Answer[]> {
    const first = this.#next
    this.#next += count
    return new Promise((resolve, reject) => {
      if (this.#broken) reject(this.#broken)
      this.#waiting = { first, answers: Array.from({ length: count }, () => ({})), resolve, reject }
    })
  }

  async #body(script: Script, staged: Set<string>): Promise<string> {
    const parts: string[] = []
    for (const part of script.parts) parts.push(typeof part === 'string' ? part : await this.#print(part, staged))
    return parts.join('')
  }

  /** The command that prints the content. printf is part of the shell, so the bytes stand in no argument list. */
  async #print(content: Content, staged: Set<string>): Promise<string> {
    if (!content.inline || !content.bytes) {
      const path = await this.#options.stage(content)
      staged.add(path)
      return `cat ${quote(path)}`
    }
    return content.size === 0 ? 'true' : `printf %s '${Buffer.from(content.bytes).toString('base64')}' | base64 -d`
  }

  #take(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    if (this.#broken) return
    try {
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
    if (!waiting.answers.every(({ stdout, stderr }) => stdout && stderr)) return
    this.#waiting = undefined
    waiting.resolve(waiting.answers.map(toAnswer))
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

/** Sets the shell up: known locale, full path, no surprises from the environment, and the function that ends a step. */
function greeting(nonce: string): string {
  return `export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
unset LANG LANGUAGE CDPATH ENV IFS; umask 022; cd /
hf_n=${nonce}; hf_ok=1
hf_end() { printf '\\n%s %s %s\\n' $hf_n $1 $2; printf '\\n%s %s %s\\n' $hf_n $1 $2 >&2; }
`
}

function framed({ guarded = false, environment = {} }: Step, body: string, number: number): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}\n`)
  const run = `( ${exports.join('')}${body}\n) </dev/null; hf_rc=$?`
  if (!guarded) return `${run}; hf_end ${number} $hf_rc\n`
  return `if [ $hf_ok = 1 ]; then ${run}; [ $hf_rc = 0 ] || hf_ok=0; hf_end ${number} $hf_rc; else hf_end ${number} -; fi\n`
}

function toAnswer({ rc, stdout, stderr }: Waiting['answers'][number]): Answer {
  if (rc === undefined) return undefined
  return { rc, stdout: Buffer.from(stdout ?? []).toString(), stderr: Buffer.from(stderr ?? []).toString() }
}

function whyEnded(exit: ChannelExit): TransportError {
  if (exit.lost) return exit.lost
  const how = exit.signal ? `ended by ${exit.signal}` : `ended with status ${exit.code}`
  return new TransportError('lost', `the shell on the host ${how}`, { retryable: true })
}

function timedOut(timeoutMs: number): TransportError {
  return new TransportError('timeout', `no answer within ${Math.round(timeoutMs / 1000)} s`)
}
