import type { Output } from '../core/module.ts'
import { TransportError } from '../transport/host.ts'
import { type Framed, ProtocolError } from './frames.ts'
import type { Step } from './shell_step.ts'

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

interface Partly {
  rc?: number | undefined
  stdout?: Uint8Array
  stderr?: Uint8Array
}

/** The answers to the steps of one exchange, while they come in. */
export class Answers {
  /** All of them, as soon as they are there. */
  readonly all: Promise<readonly Answer[]>
  /** The number of the first step. */
  readonly #first: number
  readonly #timeouts: readonly (number | undefined)[]
  readonly #parts: readonly Partly[]
  #missing: number
  #resolve: (answers: readonly Answer[]) => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  constructor(steps: readonly Pick<Step, 'timeoutMs'>[], first: number) {
    this.#first = first
    this.#timeouts = steps.map(({ timeoutMs }) => timeoutMs)
    this.#parts = steps.map(() => ({}))
    this.#missing = steps.length
    this.all = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get areWhole(): boolean {
    return this.#missing === 0
  }

  /** Those before the first that is not there. */
  get soFar(): readonly Answer[] {
    const missing = this.#parts.findIndex((part) => !isWhole(part))
    return this.#parts.slice(0, missing).map(toAnswer)
  }

  /** Takes what a step left on one stream. Throws a `ProtocolError`. */
  take(stream: 'stdout' | 'stderr', { step, rc, output }: Framed): void {
    const part = this.#parts[step - this.#first]
    if (!part || part[stream]) throw unasked(step)
    if ((part.stdout || part.stderr) && part.rc !== rc) throw new ProtocolError(`two different statuses for step ${step}`)
    part.rc = rc
    part[stream] = output
    if (isWhole(part)) this.#missing--
    if (this.areWhole) this.#resolve(this.#parts.map(toAnswer))
  }

  /** The time of its own that the step after this one has, once this one has answered. */
  timeAfter(step: number): number | undefined {
    const index = step - this.#first
    return isWhole(this.#parts[index] ?? {}) ? this.#timeouts[index + 1] : undefined
  }

  /** None will come any more. */
  fail(error: Error): void {
    this.#reject(error)
  }
}

/** An answer that nobody waits for. */
export function unasked(step: number): ProtocolError {
  return new ProtocolError(`an answer to step ${step}, which was not asked`)
}

function isWhole({ stdout, stderr }: Partly): boolean {
  return stdout !== undefined && stderr !== undefined
}

function toAnswer({ rc, stdout, stderr }: Partly): Answer {
  if (rc === undefined) return undefined
  return { rc, stdout: Buffer.from(stdout ?? []).toString(), stderr: Buffer.from(stderr ?? []).toString() }
}
