import type { Resource } from '../core/module.ts'
import { lines } from '../core/script.ts'
import { Turns } from '../core/turns.ts'
import { type Facts, parseFacts } from '../facts/parse.ts'
import { factsScript } from '../facts/script.ts'
import type { Connection } from '../transport/host.ts'
import { openShell } from '../transport/open_shell.ts'
import { type Answer, Overdue } from './answers.ts'
import { type As, keyOf } from './as.ts'
import { forget, listOwed, remember } from './notes.ts'
import { type Notice, Owed } from './owed.ts'
import { type Patience, USUAL_PATIENCE } from './patience.ts'
import { Readings } from './readings.ts'
import type { Session } from './session.ts'
import type { Step } from './shell_step.ts'
import { Shells } from './shells.ts'
import { understood } from './understood.ts'

export interface HostOptions {
  readonly patience?: Patience
  /** How a shell is opened on its connection. */
  readonly shell?: typeof openShell
}

/** What a host says of itself when it is met. */
interface Greeting {
  readonly facts: Facts
  /** What it still owes, for `parseOwed`. */
  readonly owed: string
}

/** One host for the length of a run: its shells, what has been read of it, and what it owes. Nothing is opened before it is needed. */
export class Host {
  readonly name: string
  readonly readings = new Readings()
  readonly owed = new Owed()
  /**
   * In check mode: what predicted changes would alter, so later tasks may find it other than they would in earnest; `itself` where what
   * lies below stays as it is.
   */
  readonly predicted = new Map<Resource, 'all' | 'itself'>()
  readonly patience: Patience
  readonly #shells: Shells
  readonly #turns = new Turns()
  #isMet = false

  constructor(name: string, connect: () => Promise<Connection>, { patience = USUAL_PATIENCE, shell = openShell }: HostOptions = {}) {
    this.name = name
    this.patience = patience
    this.#shells = new Shells({ connect, openShell: shell, lookMs: patience.lookMs, onDrop: () => this.readings.clear() })
  }

  /** Whether it has answered in this run. */
  get isMet(): boolean {
    return this.#isMet
  }

  /** Opens the shell, and reads facts and owed handlers as it opens: no further round trip. */
  async greet(as: As): Promise<Greeting> {
    this.#shells.askNext(GREETING)
    const { stdout } = await (await this.#session(as)).opened
    return greeting(stdout.includes('hf.uname=') ? stdout : await this.#ask(as))
  }

  /** Runs the steps in one exchange. Rejects with `TransportError` or `ProtocolError`. */
  async exchange(as: As, steps: readonly Step[], timeoutMs: number): Promise<readonly Answer[]> {
    const session = await this.#session(as)
    const owed = this.#toForget(as)
    try {
      return (await session.exchange([...owed, ...steps], timeoutMs)).slice(owed.length)
    } catch (error) {
      throw error instanceof Overdue ? new Overdue(error.message, error.answers.slice(owed.length)) : error
    }
  }

  /** Lets one task at a time at the host: several hosts may delegate theirs to it at once, and each looks before it changes. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.take(task)
  }

  /** Notes on the host that these handlers are owed, where the change that notifies them is made elsewhere. */
  async remember(as: As, notice: Notice): Promise<void> {
    await this.exchange(as, [this.noting(as, notice)], this.patience.lookMs)
  }

  /** The step that notes what a change is about to owe. */
  noting(as: As, notice: Notice): Step {
    return { script: remember(this.owed.noted(notice, keyOf(as))), guarded: true }
  }

  /** Round trips after the handshake so far. */
  async roundTrips(): Promise<number> {
    return await this.#shells.roundTrips()
  }

  /** Lets go of a broken connection, so that the next exchange makes a new one. Nothing read so far counts any more. */
  async drop(): Promise<void> {
    await this.#shells.drop()
  }

  /** Ends the connection; what is not owed any more is told to the host first, and nothing that was given up is left running. */
  async close(): Promise<void> {
    for (const as of this.#shells.users)
      if (this.owed.due(keyOf(as)).length > 0) await this.exchange(as, [], this.patience.lookMs).catch(() => undefined)
    await this.#shells.close()
  }

  async #session(as: As): Promise<Session> {
    const session = await this.#shells.session(as)
    await session.opened
    this.#isMet = true
    return session
  }

  async #ask(as: As): Promise<string> {
    const [answer] = await this.exchange(as, [{ script: lines(GREETING) }], this.patience.lookMs)
    return answer?.stdout ?? ''
  }

  #toForget(as: As): Step[] {
    const notes = this.owed.take(keyOf(as))
    return notes.length > 0 ? [{ script: forget(notes) }] : []
  }
}

const GREETING = [factsScript, listOwed]

function greeting(stdout: string): Greeting {
  return { facts: understood('setup', () => parseFacts(stdout)), owed: stdout }
}
