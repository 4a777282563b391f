import { type Channel, TransportError } from '../transport/host.ts'
import { openShell } from '../transport/open_shell.ts'
import { type Holder, readHolder } from './holder.ts'
import { FAREWELL, holdLock, SILENCE_SECONDS } from './lock_script.ts'
import type { Sentinel } from './sentinel.ts'

/** What came of reaching for the lock on one host. */
export type Grip =
  /** With who had it before and did not give it back: its process or its connection was lost. */
  | { readonly kind: 'taken'; readonly hold: Hold; readonly after?: Holder }
  /** Someone has it; undefined if it does not say who. */
  | { readonly kind: 'held'; readonly by: Holder | undefined }
  | { readonly kind: 'silent'; readonly why: string }

/** The lock of a fleet on one of its hosts. */
export interface Hold {
  /** Whether the host is known to keep it still; it never gives it to another before this is false. */
  readonly isValid: boolean
  release(): Promise<void>
}

/** Reaches for the lock on one host. Rejects with a `TransportError` if there is no way to it. */
export async function takeHold(sentinel: Sentinel, { fleet, holder }: { readonly fleet: string; readonly holder: Holder }): Promise<Grip> {
  const [connection, become] = [await sentinel.connected(), await sentinel.root()]
  const initial = holdLock(fleet, holder).text
  const began = Moment.now()
  const options = { initial, initialOnly: true, timeoutMs: ANSWER_MS, ...(become && { become }) }
  const channel = await openShell(connection, options).catch(async (error: unknown) => {
    // It may have gone without a word, and would then be silent for all who come after.
    await connection.close()
    throw error
  })
  const held = new Held(channel, began)
  const answer = await held.answer()
  const [word, who = ''] = answer.split(' ')
  const after = readHolder(who)
  if (word === 'taken') return { kind: 'taken', hold: held, ...(after && { after }) }
  void held.release()
  return word === 'held' ? { kind: 'held', by: readHolder(who) } : { kind: 'silent', why: answer }
}

const ANSWER_MS = 15_000
const BEAT_MS = 10_000
/** Less than the host waits, so that this side gives the lock up first. */
const VALID_MS = (SILENCE_SECONDS - 20) * 1000

/** A running `holdLock`: says a letter now and then, and hears it again. */
class Held implements Hold {
  readonly #channel: Channel
  #said = ''
  #complaint = ''
  #hear: (line: string) => void = () => undefined
  /** Its first line, which may come with the very bytes that opened the shell, before anyone asks for it. */
  readonly #first = new Promise<string>((resolve) => {
    this.#hear = resolve
  })
  /** When the letters were sent that are not answered yet; answers come in order. */
  readonly #sent: Moment[] = []
  /** When the last letter was sent that was answered: the host counts from no earlier moment. */
  #heard: Moment
  #isOver = false
  readonly #timer: NodeJS.Timeout

  constructor(channel: Channel, began: Moment) {
    this.#channel = channel
    this.#heard = began
    channel.onStdout((bytes) => this.#take(Buffer.from(bytes).toString()))
    channel.onStderr((bytes) => {
      this.#complaint = (this.#complaint + Buffer.from(bytes).toString()).slice(-300)
    })
    this.#timer = setInterval(() => this.#ask(), BEAT_MS)
    this.#timer.unref()
    void channel.exit.then(() => this.#end())
  }

  get isValid(): boolean {
    return !this.#isOver && this.#heard.isWithin(VALID_MS)
  }

  /** Its first line, or what it complained of instead. */
  async answer(): Promise<string> {
    const ended = this.#channel.exit.then(({ lost }) => lost?.message ?? (this.#complaint.trim() || 'it ended without a word'))
    const late = new Promise<string>((resolve) => {
      setTimeout(resolve, ANSWER_MS, 'it gave no answer in time').unref()
    })
    return await Promise.race([this.#first, ended, late])
  }

  async release(): Promise<void> {
    this.#end()
    this.#channel.write(FAREWELL).catch(() => undefined)
    this.#channel.end()
    const late = new Promise((resolve) => {
      setTimeout(resolve, RELEASE_MS).unref()
    })
    await Promise.race([this.#channel.exit, late])
    this.#channel.kill()
  }

  #ask(): void {
    this.#sent.push(Moment.now())
    this.#channel.write('.').catch((error: unknown) => {
      if (error instanceof TransportError) this.#end()
    })
  }

  #take(text: string): void {
    this.#said = (this.#said + text).slice(-LONGEST_ANSWER)
    const lines = this.#said.split('\n')
    this.#said = lines.pop() ?? ''
    for (const line of lines.filter((one) => one.startsWith('hf.lock '))) {
      const word = line.slice('hf.lock '.length)
      if (word === '.') this.#heard = this.#sent.shift() ?? this.#heard
      else this.#hear(word)
    }
  }

  #end(): void {
    this.#isOver = true
    clearInterval(this.#timer)
  }
}

const RELEASE_MS = 3000
const LONGEST_ANSWER = 16_384

/** A point in time by two clocks: one stands still while this machine sleeps, the other can be set. */
class Moment {
  readonly #wall = Date.now()
  readonly #running = performance.now()

  static now(): Moment {
    return new Moment()
  }

  isWithin(ms: number): boolean {
    return Date.now() - this.#wall < ms && performance.now() - this.#running < ms
  }
}
