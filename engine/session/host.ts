import { randomBytes } from 'node:crypto'
import type { Content } from '../core/content.ts'
import type { Resource } from '../core/module.ts'
import { lines, type Script, sh } from '../core/script.ts'
import type { Become } from '../transport/become.ts'
import { type Connection, TransportError } from '../transport/host.ts'
import { openShell } from '../transport/open_shell.ts'
import { upload } from '../transport/upload.ts'
import { type Facts, parseFacts } from '../facts/parse.ts'
import { factsScript } from '../facts/script.ts'
import { moving } from './moving.ts'
import { forget, listOwed, Owed, remember } from './owed.ts'
import { type Patience, USUAL_PATIENCE } from './patience.ts'
import { Readings } from './readings.ts'
import { type Answer, Overdue, Session } from './session.ts'
import { opening, type Step } from './shell_step.ts'
import { busyProblem, type LeftOver, leftOverOf, outlast, shellOf } from './left_over.ts'
import { Turns } from './turns.ts'
import { understood } from './understood.ts'

/** How a shell on the host is to be had: as the login user (undefined), or as someone else. */
export type As = Become | undefined

export interface HostOptions {
  readonly patience?: Patience
  /** How a shell is opened on its connection. */
  readonly shell?: typeof openShell
}

/**
 * One host for the length of a run: one connection, one shell for each user, what has been read of it, and what it owes.
 * Nothing is opened before it is needed.
 */
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
  readonly #connect: () => Promise<Connection>
  readonly #openShell: typeof openShell
  #connection: Promise<Connection> | undefined
  readonly #shells = new Map<string, { readonly session: Promise<Session>; readonly as: As }>()
  /** Shells of connections that were lost or given up, by how they were had. */
  readonly #leftOver: { readonly as: As; readonly shell: LeftOver }[] = []
  readonly #turns = new Turns()
  #finished = 0
  /** Someone wants facts; only the first shell to open brings them along. */
  #asked = false

  constructor(name: string, connect: () => Promise<Connection>, { patience = USUAL_PATIENCE, shell = openShell }: HostOptions = {}) {
    this.name = name
    this.patience = patience
    this.#connect = connect
    this.#openShell = shell
  }

  /** Opens the shell, and reads facts and owed handlers as it opens: no further round trip. */
  async greet(as: As): Promise<{ readonly facts: Facts; readonly owed: string }> {
    this.#asked = true
    const { stdout } = await (await this.#shell(as)).opened
    if (!stdout.includes('hf.uname=')) return await this.#ask(as)
    return { facts: understood('setup', () => parseFacts(stdout)), owed: stdout }
  }

  /** Runs the steps in one exchange. Rejects with `TransportError` or `ProtocolError`. */
  async exchange(as: As, steps: readonly Step[], timeoutMs: number): Promise<readonly Answer[]> {
    const session = await this.#shell(as)
    await session.opened
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
  async remember(as: As, handlers: readonly string[]): Promise<void> {
    await this.exchange(as, [this.noting(as, handlers)], this.patience.lookMs)
  }

  /** The step that notes what a change is about to owe. */
  noting(as: As, handlers: readonly string[]): Step {
    this.owed.noted(handlers, keyOf(as))
    return { script: remember(handlers), guarded: true }
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
    for (const { session, as } of shells) await session.then((open) => this.#retire(open, as)).catch(() => undefined)
    await connection?.then((open) => open.close()).catch(() => undefined)
  }

  /** Ends the connection; what is not owed any more is told to the host first, and nothing that was given up is left running. */
  async close(): Promise<void> {
    for (const { as } of [...this.#shells.values()])
      if (this.owed.due(keyOf(as)).length > 0) await this.exchange(as, [], this.patience.lookMs).catch(() => undefined)
    await this.drop()
    const unwanted = this.#leftOver.filter(({ shell }) => shell.unwanted)
    for (const { as } of unwanted) await this.#shell(as).catch(() => undefined)
    if (unwanted.length > 0) await this.drop()
  }

  async #ask(as: As): Promise<{ readonly facts: Facts; readonly owed: string }> {
    const [answer] = await this.exchange(as, [{ script: lines([factsScript, listOwed]) }], this.patience.lookMs)
    const stdout = answer?.stdout ?? ''
    return { facts: understood('setup', () => parseFacts(stdout)), owed: stdout }
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
    const waitedFor = [...this.#leftOver]
    const initial = opening(this.#first(as), token)
    const channel = await this.#openShell(connection, { ...(as && { become: as }), initial, timeoutMs: this.patience.lookMs / 2 })
    const stage = async (content: Content): Promise<string> =>
      await this.#stage(connection, { as, content, owner: shellOf((await session.opened).stdout) ?? token })
    const session: Session = new Session(channel, { token, stage, openingMs: this.patience.lookMs })
    const busy = busyProblem((await session.opened).stdout)
    if (busy) session.close()
    if (busy) throw busy
    const isOver = (one: (typeof waitedFor)[number]) => waitedFor.includes(one) && (!one.shell.unwanted || keyOf(one.as) === keyOf(as))
    this.#leftOver.splice(0, this.#leftOver.length, ...this.#leftOver.filter((one) => !isOver(one)))
    return session
  }

  /** What a shell begins with: it waits for shells of a lost connection to end, then reads the facts. */
  #first(as: As): Script {
    const facts = this.#asked ? [factsScript, listOwed] : []
    this.#asked = false
    const outlasting = this.#leftOver.map((one) =>
      outlast(one.shell, { ends: keyOf(one.as) === keyOf(as), withinMs: this.patience.lookMs / 2 }),
    )
    return lines([
      ...outlasting,
      forgetStaged(stagedIn(as)),
      ...facts,
      sh`b=$(cat /proc/sys/kernel/random/boot_id); read -r s </proc/$$/stat; echo "hf.shell=$$ $b $s"`,
    ])
  }

  /**
   * Content too long for a script, in a folder only the shell's user may enter and under a name only this shell uses: another run may
   * bring the same content to the host. The session removes it after use.
   */
  async #stage(connection: Connection, { as, content, owner }: Staging): Promise<string> {
    const whole = `${stagedIn(as)}/${content.sha256}`
    const path = `${whole}.${owner}`
    const brought = await content.brought()
    const options = { path, unfinished: `${whole}.part`, ...(as && { become: as }) }
    await moving((onProgress) => upload(connection, brought, { ...options, onProgress }), { connection, lookMs: this.patience.lookMs })
    return path
  }

  async #retire(session: Session, as: As): Promise<void> {
    this.#finished += session.exchanges + 1
    if (session.broken instanceof TransportError) {
      const shell = leftOverOf((await session.opened).stdout, { unwanted: session.broken instanceof Overdue })
      if (shell) this.#leftOver.push({ as, shell })
    }
    session.close()
  }

  #toForget(as: As): Step[] {
    const handlers = this.owed.take(keyOf(as))
    return handlers.length > 0 ? [{ script: forget(handlers) }] : []
  }
}

function stagedIn(as: As): string {
  return `/var/tmp/holdfast-${as?.user ?? 'login'}`
}

interface Staging {
  readonly as: As
  readonly content: Content
  readonly owner: string
}

/** What shells that are gone have staged, and unfinished transfers nobody went on with. Costs a process only where there are some. */
function forgetStaged(folder: string): Script {
  return sh`d=${folder}; [ -O "$d" ] && [ ! -L "$d" ] && {
for f in "$d"/*.*; do p=\${f%.part}; p=\${p##*/}; case $p in *.*) [ -d "/proc/\${p##*.}" ] || rm -f -- "$f";; esac; done
for f in "$d"/*; do [ ! -f "$f" ] || { find "$d" -xdev -type f -mmin +${FORGOTTEN_MINUTES} -delete; break; }; done; }`
}

const FORGOTTEN_MINUTES = 60

function keyOf(as: As): string {
  return as ? `${as.method} ${as.user}` : ''
}
