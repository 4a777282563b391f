import { randomBytes } from 'node:crypto'
import {
  type Become,
  becomeProblem,
  INITIAL_LIMIT_BYTES,
  loginShellProblem,
  promptOf,
  shellCommand,
  wrongPasswordProblem,
} from './become.ts'
import { type Gate, gate, gated } from './gated_channel.ts'
import { type Channel, type ChannelExit, type Connection, TransportError } from './host.ts'
import { text } from './problem.ts'

export interface OpenShellOptions {
  /** Left out, the shell is the login user's. */
  readonly become?: Become
  /**
   * Script text that runs at once. For the login user it stands in the command itself and costs no round trip; for another
   * user it is written to the shell, because sudo writes the commands it is given to the log. What it leaves behind are its
   * working directory, umask and exported variables; functions may be gone. It must not read stdin and holds no secret.
   */
  readonly initial?: string
  /** Nothing follows the initial script, which then may read stdin. */
  readonly initialOnly?: boolean
  /** For everything up to the first output of the shell. */
  readonly timeoutMs?: number
}

/**
 * Opens `/bin/sh` on a host, as the login user or another one. What is written to the channel is that shell's stdin and what
 * is read is its output, to the byte: banners, noise of a login shell and password prompts are left out. Rejects with a
 * `TransportError` if no such shell can be had.
 */
export async function openShell(connection: Connection, options: OpenShellOptions = {}): Promise<Channel> {
  const { become, initial = '', initialOnly = false, timeoutMs = SHELL_TIMEOUT_MS } = options
  const nonce = randomBytes(16).toString('hex')
  const inside = initialOnly || (!become && Buffer.byteLength(initial) <= INITIAL_LIMIT_BYTES)
  const channel = await connection.exec(shellCommand({ nonce, initialOnly, ...(become && { become }), ...(inside && { initial }) }))
  const mayPrompt = become && promptOf(become, nonce)
  if (!inside && !mayPrompt) void channel.write(`${initial}\n`)
  const shell = await started(channel, { nonce, become, timeoutMs })
  if (!inside && mayPrompt) void shell.write(`${initial}\n`)
  return shell
}

const SHELL_TIMEOUT_MS = 60_000

interface Start {
  readonly nonce: string
  readonly become: Become | undefined
  readonly timeoutMs: number
}

async function started(channel: Channel, { nonce, become, timeoutMs }: Start): Promise<Channel> {
  const refusal = rejection()
  const prompt = become && promptOf(become, nonce)
  const answer = become && prompt ? answering(channel, { become, prompt, refuse: refusal.reject }) : undefined
  const stdout = gate(channel.onStdout, { marker: nonce })
  const stderr = gate(channel.onStderr, { marker: nonce, ...(answer && { onNoise: answer }) })
  const timer = setTimeout(() => refusal.reject(tooSlow(become, stderr)), timeoutMs)
  const ended = channel.exit.then((exit) => refusal.reject(endedEarly(exit, { become, stdout, stderr })))
  try {
    await Promise.race([stdout.opened, refusal.promise])
    return gated(channel, { stdout, stderr })
  } catch (problem) {
    channel.kill()
    await ended
    throw problem
  } finally {
    clearTimeout(timer)
  }
}

interface Answering {
  readonly become: Become
  readonly prompt: RegExp
  readonly refuse: (problem: TransportError) => void
}

/** Writes the password when it is asked for, and only then: otherwise the new shell would read it as a command. */
function answering(channel: Channel, { become, prompt, refuse }: Answering): (noise: string) => void {
  let answered = false
  return (noise) => {
    const asked = noise.split(new RegExp(prompt, 'g')).length - 1
    if (asked > 1) refuse(wrongPasswordProblem(become))
    if (asked !== 1 || answered) return
    answered = true
    void channel.write(`${become.password?.reveal()}\n`)
  }
}

function endedEarly(
  exit: ChannelExit,
  { become, stdout, stderr }: { become: Become | undefined; stdout: Gate; stderr: Gate },
): TransportError {
  if (exit.lost) return exit.lost
  if (become) return becomeProblem(become, { stderr: `${stdout.noise()}\n${stderr.noise()}`, code: exit.code })
  return loginShellProblem(`${stdout.noise()} ${stderr.noise()}`.trim() || `exit status ${exit.code}`)
}

function tooSlow(become: Become | undefined, stderr: Gate): TransportError {
  const who = become ? `${become.method} to \`${become.user}\`` : 'the login shell'
  const said = text(stderr.noise().slice(-300))
  return new TransportError('timeout', `${who} did not start in time${said ? `; it printed: ${said}` : ''}`)
}

function rejection(): { readonly promise: Promise<never>; readonly reject: (problem: TransportError) => void } {
  let reject: (problem: TransportError) => void = () => undefined
  const promise = new Promise<never>((_, fail) => {
    reject = fail
  })
  promise.catch(() => undefined)
  return { promise, reject }
}
