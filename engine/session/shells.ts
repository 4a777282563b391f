import { randomBytes } from 'node:crypto'
import { lines, type Script } from '../core/script.ts'
import { type Connection, TransportError } from '../transport/host.ts'
import type { openShell } from '../transport/open_shell.ts'
import { Overdue } from './answers.ts'
import { type As, keyOf } from './as.ts'
import { busyProblem, introduction, shellOf } from './left_over.ts'
import { LeftOvers } from './left_overs.ts'
import { Session } from './session.ts'
import { opening } from './shell_step.ts'
import { forgetStaged, stageContent, stagingFolder } from './staging.ts'

export interface ShellsOptions {
  readonly connect: () => Promise<Connection>
  readonly openShell: typeof openShell
  /** For a host to answer that is only looked at. */
  readonly lookMs: number
  /** Told when the connection is let go of. */
  readonly onDrop: () => void
}

/** The shells of one host, one for each user, over one connection. Nothing is opened before it is needed. */
export class Shells {
  readonly #options: ShellsOptions
  #connection: Promise<Connection> | undefined
  readonly #open = new Map<string, { readonly session: Promise<Session>; readonly as: As }>()
  readonly #leftOvers = new LeftOvers()
  #finished = 0
  #asked: readonly Script[] = []

  constructor(options: ShellsOptions) {
    this.#options = options
  }

  /** How the open shells were had. */
  get users(): readonly As[] {
    return [...this.#open.values()].map(({ as }) => as)
  }

  /** The next shell to open, and only that one, looks as it opens. */
  askNext(scripts: readonly Script[]): void {
    this.#asked = scripts
  }

  /** The shell of this user, opened if there is none. */
  session(as: As): Promise<Session> {
    const key = keyOf(as)
    const known = this.#open.get(key)
    if (known) return known.session.then((session) => this.#usable(session, as))
    const session = this.#begin(as)
    this.#open.set(key, { session, as })
    session.catch(() => this.#open.delete(key))
    return session
  }

  /** Round trips after the handshake so far: one to open each shell, one for each exchange. */
  async roundTrips(): Promise<number> {
    // Read at once: a shell that ends while the others are asked would be counted twice.
    const finished = this.#finished
    const open = await Promise.all([...this.#open.values()].map(({ session }) => session.then((one) => one.exchanges + 1).catch(() => 0)))
    return open.reduce((sum, count) => sum + count, finished)
  }

  /** Lets go of the connection, so that the next shell makes a new one. */
  async drop(): Promise<void> {
    this.#options.onDrop()
    const shells = [...this.#open.values()]
    this.#open.clear()
    const connection = this.#connection
    this.#connection = undefined
    for (const { session, as } of shells) await session.then((open) => this.#retire(open, as)).catch(() => undefined)
    await connection?.then((open) => open.close()).catch(() => undefined)
  }

  /** Lets go of everything, and leaves nothing running on the host that was given up. */
  async close(): Promise<void> {
    await this.drop()
    const unwanted = this.#leftOvers.unwanted
    for (const as of unwanted) await this.session(as).catch(() => undefined)
    if (unwanted.length > 0) await this.drop()
  }

  /** A session that ended by itself is replaced; its host may be well. */
  async #usable(session: Session, as: As): Promise<Session> {
    if (!session.broken) return session
    await this.drop()
    return await this.session(as)
  }

  async #begin(as: As): Promise<Session> {
    const connection = await this.#connected()
    const { openShell: shellOn, lookMs } = this.#options
    const token = randomBytes(8).toString('hex')
    const awaited = this.#leftOvers.awaitedBy(as)
    const initial = opening(this.#first(as), token)
    const channel = await shellOn(connection, { ...(as && { become: as }), initial, timeoutMs: lookMs / 2 })
    const session: Session = new Session(channel, {
      token,
      stage: async (content) => {
        const { stdout } = await session.opened
        const [owner = token, folder = `/var/tmp/holdfast-${token}`] = [shellOf(stdout), stagingFolder(stdout)]
        return await stageContent(content, { connection, become: as, folder, owner, lookMs })
      },
      openingMs: lookMs,
    })
    const busy = busyProblem((await session.opened).stdout)
    if (busy) session.close()
    if (busy) throw busy
    this.#leftOvers.remove(awaited)
    return session
  }

  async #connected(): Promise<Connection> {
    this.#connection ??= this.#options.connect()
    const connecting = this.#connection
    return await connecting.catch((error: unknown) => {
      if (this.#connection === connecting) this.#connection = undefined
      throw error
    })
  }

  /** What a shell begins with: it waits for shells of a lost connection to end, then looks. */
  #first(as: As): Script {
    const asked = this.#asked
    this.#asked = []
    const withinMs = this.#options.lookMs / 2
    return lines([...this.#leftOvers.outlasting(as, withinMs), forgetStaged(as), ...asked, introduction])
  }

  async #retire(session: Session, as: As): Promise<void> {
    this.#finished += session.exchanges + 1
    if (session.broken instanceof TransportError)
      this.#leftOvers.add(as, (await session.opened).stdout, { unwanted: session.broken instanceof Overdue })
    session.close()
  }
}
