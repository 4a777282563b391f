import { randomBytes } from 'node:crypto'
import type { Content } from '../core/content.ts'
import { lines, type Script, sh } from '../core/script.ts'
import type { Become } from '../transport/become.ts'
import { type Connection, TransportError } from '../transport/host.ts'
import { openShell } from '../transport/open_shell.ts'
import { upload } from '../transport/upload.ts'
import { type Facts, factsScript, parseFacts } from './facts.ts'
import { forget, listOwed } from './owed.ts'
import { Readings } from './readings.ts'
import { type Answer, opening, Session, type Step } from './session.ts'

/** How a shell on the host is to be had: as the login user (undefined), or as someone else. */
export type As = Become | undefined

/** Looking should be quick; a host that takes longer is in trouble, and says so instead of holding the others up. */
export const LOOK_TIMEOUT_MS = 120_000
/** Changing may take long: a package upgrade on a slow disk. */
export const CHANGE_TIMEOUT_MS = 3_600_000

/**
 * One host for the length of a run: one connection, one shell for each user, what has been read of it, and what it owes.
 * Nothing is opened before it is needed.
 */
export class Host {
  readonly name: string
  readonly readings = new Readings()
  /** In check mode: some change was predicted, so later tasks may find less than they would in earnest. */
  predicted = false
  readonly #connect: () => Promise<Connection>
  #connection: Promise<Connection> | undefined
  readonly #shells = new Map<string, { readonly session: Promise<Session>; readonly as: As }>()
  readonly #forgettable = new Set<string>()
  #stale: Stale | undefined
  #finished = 0
  #turn: Promise<unknown> = Promise.resolve()
  /** Someone wants facts; only the first shell to open brings them along. */
  #asked = false

  constructor(name: string, connect: () => Promise<Connection>) {
    this.name = name
    this.#connect = connect
  }

  /** Opens the shell, and reads facts and owed handlers as it opens: no further round trip. */
  async greet(as: As): Promise<{ readonly facts: Facts; readonly owed: string }> {
    this.#asked = true
    const { stdout } = await (await this.#shell(as)).opened
    if (!stdout.includes('hf.uname=')) return await this.#ask(as)
    return { facts: parseFacts(stdout), owed: stdout }
  }

  /** Runs the steps in one exchange. Rejects with `TransportError` or `ProtocolError`. */
  async exchange(as: As, steps: readonly Step[], timeoutMs: number): Promise<readonly Answer[]> {
    const session = await this.#shell(as)
    await session.opened
    const owed = this.#takeForgettable()
    const answers = await session.exchange([...owed, ...steps], timeoutMs)
    return answers.slice(owed.length)
  }

  /** Lets one task at a time at the host: several hosts may delegate theirs to it at once, and each looks before it changes. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Handlers that turned out not to be owed: said with the next exchange, or at the end. */
  release(handlers: readonly string[]): void {
    for (const handler of handlers) this.#forgettable.add(handler)
  }

  /** Round trips after the handshake so far: one to open each shell, one for each exchange. */
  async roundTrips(): Promise<number> {
    // Read at once: a shell that ends while the others are asked would be counted twice.
    const finished = this.#finished
    const open = await Promise.all([...this.#shells.values()].map(({ session }) => session.then((one) => one.exchanges + 1).catch(() => 0)))
    return open.reduce((sum, count) => sum + count, finished)
  }

  /** Lets go of a broken connection, so that the next exchange makes a new one. Nothing read so far counts any more. */
  async drop(): Promise<void> {
    this.readings.clear()
    const shells = [...this.#shells.values()]
    this.#shells.clear()
    const connection = this.#connection
    this.#connection = undefined
    for (const { session } of shells) await session.then((open) => this.#retire(open)).catch(() => undefined)
    await connection?.then((open) => open.close()).catch(() => undefined)
  }

  /** Ends the connection; what is not owed any more is told to the host first. */
  async close(): Promise<void> {
    const [shell] = this.#shells.values()
    if (shell && this.#forgettable.size > 0) await this.exchange(shell.as, [], LOOK_TIMEOUT_MS).catch(() => undefined)
    await this.drop()
  }

  async #ask(as: As): Promise<{ readonly facts: Facts; readonly owed: string }> {
    const [answer] = await this.exchange(as, [{ script: lines([factsScript, listOwed]) }], LOOK_TIMEOUT_MS)
    const stdout = answer?.stdout ?? ''
    return { facts: parseFacts(stdout), owed: stdout }
  }

  #shell(as: As): Promise<Session> {
    const key = keyOf(as)
    const known = this.#shells.get(key)
    if (known) return known.session.then((session) => this.#usable(session, as))
    const session = this.#open(as)
    this.#shells.set(key, { session, as })
    session.catch(() => this.#shells.delete(key))
    return session
  }

  /** A session that ended by itself is replaced; its host may be well. */
  async #usable(session: Session, as: As): Promise<Session> {
    if (!session.broken) return session
    await this.drop()
    return await this.#shell(as)
  }

  async #open(as: As): Promise<Session> {
    this.#connection ??= this.#connect()
    const connecting = this.#connection
    const connection = await connecting.catch((error: unknown) => {
      if (this.#connection === connecting) this.#connection = undefined
      throw error
    })
    const token = randomBytes(8).toString('hex')
    const channel = await openShell(connection, { ...(as && { become: as }), initial: opening(this.#first(), token) })
    const session = new Session(channel, { token, stage: (content) => this.#stage(connection, as, content) })
    await session.opened
    return session
  }

  /** What a shell begins with: it waits for a shell of a lost connection to end, then reads the facts. */
  #first(): Script {
    const facts = this.#asked ? [factsScript, listOwed] : []
    this.#asked = false
    const wait = this.#stale ? [waitFor(this.#stale)] : []
    return lines([...wait, ...facts, sh`b=$(cat /proc/sys/kernel/random/boot_id); echo "hf.shell=$$ $b"`])
  }

  /** Content too long for a script, in a folder only the shell's user may enter; the session removes it after use. */
  async #stage(connection: Connection, as: As, content: Content): Promise<string> {
    const path = `/var/tmp/holdfast-${as?.user ?? 'login'}/${content.sha256}`
    await upload(connection, content, { path, ...(as && { become: as }) })
    return path
  }

  async #retire(session: Session): Promise<void> {
    this.#finished += session.exchanges + 1
    const { stdout } = await session.opened
    const [, pid, boot] = /^hf\.shell=(\d+) (\S*)$/m.exec(stdout) ?? []
    if (session.broken instanceof TransportError && pid && boot) this.#stale = { pid, boot }
    session.close()
  }

  #takeForgettable(): Step[] {
    const handlers = [...this.#forgettable]
    this.#forgettable.clear()
    return handlers.length > 0 ? [{ script: forget(handlers) }] : []
  }
}

function keyOf(as: As): string {
  return as ? `${as.method} ${as.user}` : ''
}

/** A shell whose connection was lost: its process, in the boot of the host it belonged to. */
interface Stale {
  readonly pid: string
  readonly boot: string
}

/** The left-over shell may still be at work; two at once must never change a host. */
function waitFor({ pid, boot }: Stale): Script {
  return sh`b=$(cat /proc/sys/kernel/random/boot_id); n=0
while [ "$b" = ${boot} ] && kill -0 ${pid} 2>/dev/null && [ $n -lt 600 ]; do n=$((n + 1)); sleep 0.1; done`
}
