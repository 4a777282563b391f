import type { Output } from '../core/module.ts'
import { type Script, sh } from '../core/script.ts'
import type { As } from '../session/as.ts'
import { Host } from '../session/host.ts'
import { type Connection, TransportError } from '../transport/host.ts'
import type { Way } from './way.ts'

/** What is asked is little, and a host that is slow to say it is not one to count on. */
const PATIENCE = { lookMs: 20_000, changeMs: 20_000 }

/** A try that takes longer goes on, for those who ask later. */
const SECOND_TRY_MS = 1500

/**
 * A host of a fleet as the guards see it: over a connection of its own, which no task slows down or cuts, and whose shell is root's.
 * Nothing is opened before it is needed.
 */
export class Sentinel {
  readonly name: string
  readonly #way: Way
  readonly #host: Host
  #connection: Promise<Connection> | undefined
  #root: Promise<As> | undefined
  /** Why the last try to reach it failed, until one succeeds. */
  #failure: unknown

  constructor(name: string, way: Way) {
    this.name = name
    this.#way = way
    this.#host = new Host(name, () => this.connected(), { patience: PATIENCE })
  }

  /** Its connection, made anew if the last one is gone. A host that could not be reached holds nobody up a second time. Rejects with a `TransportError`. */
  async connected(): Promise<Connection> {
    this.#connection ??= this.#connect()
    if (this.#failure === undefined) return await this.#connection
    const [connection, failure] = [this.#connection, this.#failure]
    return await new Promise((resolve, reject) => {
      setTimeout(reject, SECOND_TRY_MS, failure).unref()
      connection.then(resolve, reject)
    })
  }

  /** How root's shell is had. */
  root(): Promise<As> {
    this.#root ??= this.#findRoot()
    this.#root.catch(() => {
      this.#root = undefined
    })
    return this.#root
  }

  /** What a script that only looks prints, run as root. A connection that was lost since the last time is made again once. */
  async ask(script: Script): Promise<Output> {
    const { isMet } = this.#host
    try {
      return await this.#run(script, await this.root())
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      await this.#host.drop()
      if (!isMet || error.problem !== 'lost') throw error
      return await this.#run(script, await this.root())
    }
  }

  /** Ends its connection. */
  async close(): Promise<void> {
    await this.#host.close()
    await this.#connection?.then((open) => open.close()).catch(() => undefined)
  }

  async #connect(): Promise<Connection> {
    const forget = () => {
      this.#connection = undefined
    }
    try {
      const connection = await this.#way.connect()
      void connection.ended.then(forget)
      this.#failure = undefined
      return connection
    } catch (error) {
      forget()
      this.#failure = error
      throw error
    }
  }

  async #findRoot(): Promise<As> {
    const { stdout } = await this.#run(sh`id -u`, undefined)
    return stdout.trim() === '0' ? undefined : this.#way.root()
  }

  async #run(script: Script, as: As): Promise<Output> {
    const [answer] = await this.#host.exchange(as, [{ script }], PATIENCE.lookMs)
    if (!answer) throw new Error('a step that is not guarded was passed over')
    return answer
  }
}
