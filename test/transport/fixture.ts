import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../engine/transport/connect.ts'
import type { ConnectOptions } from '../../engine/transport/connect_options.ts'
import { type Channel, type ChannelExit, type Connection, TransportError } from '../../engine/transport/host.ts'
import type { ConnectionKind, HostTarget } from '../../engine/transport/target.ts'
import type { TestHost } from '../support/lab.ts'
import { type Relay, relay } from '../support/relay.ts'

export type Kind = Extract<ConnectionKind, 'ssh' | 'openssh'>

/** The lab host as a target, as its `operator`. */
export function targetOf(host: TestHost, kind: ConnectionKind, more: Partial<HostTarget> = {}): HostTarget {
  const { name, address, port, user, keyFile, knownHostsFile } = host
  return { name, address, port, user, keyFiles: [keyFile], knownHostsFiles: [knownHostsFile], connection: kind, ...more }
}

/** Makes sshd read its configuration again, and waits until it listens anew: it closes its sockets only once it gets to that. */
export const RELOAD = `sockets() { ss -Hltne "sport = :22" | grep -o "ino:[0-9]*" | sort; }
old=$(sockets); systemctl reload ssh
for i in $(seq 300); do
  new=$(sockets); [ $(echo $new | wc -w) = $(echo $old | wc -w) ] && ! echo "$new" | grep -qxF "$old" && break; sleep 0.1
done`

/** A home directory without any `.ssh`, so that nothing of this machine's takes part. */
export const OPTIONS: ConnectOptions = { home: '/var/empty' }

export async function withConnection(
  target: HostTarget,
  body: (connection: Connection) => Promise<void>,
  options: Partial<ConnectOptions> = {},
): Promise<void> {
  const connection = await connect(target, { ...OPTIONS, ...options })
  try {
    await body(connection)
  } finally {
    await connection.close()
  }
}

/** The error a connection attempt ends with; a connection that comes about fails the test. */
export async function refusalOf(target: HostTarget, options: Partial<ConnectOptions> = {}): Promise<TransportError> {
  try {
    const connection = await connect(target, { ...OPTIONS, retries: 0, ...options })
    await connection.close()
  } catch (error) {
    if (error instanceof TransportError) return error
    throw error
  }
  throw new Error('the host was reached')
}

export async function problemOf(promise: Promise<unknown>): Promise<TransportError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof TransportError) return error
  throw error ?? new Error('nothing went wrong')
}

export interface Heard {
  readonly exit: ChannelExit
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/** Runs a command to its end, its stdin being these bytes. */
export async function run(connection: Connection, command: string, stdin?: string | Uint8Array): Promise<Heard> {
  const channel = await connection.exec(command)
  const heard = hear(channel)
  if (stdin) await channel.write(stdin)
  channel.end()
  return heard
}

/** Collects everything until the end. */
export async function hear(channel: Channel): Promise<Heard> {
  const out: Uint8Array[] = []
  const err: Uint8Array[] = []
  channel.onStdout((bytes) => void out.push(bytes))
  channel.onStderr((bytes) => void err.push(bytes))
  const exit = await channel.exit
  return { exit, stdout: Buffer.concat(out), stderr: Buffer.concat(err) }
}

export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'transport-test-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A relay before the host, and the host as a target behind it. */
export async function withRelay(
  host: TestHost,
  kind: ConnectionKind,
  body: (between: Relay, target: HostTarget) => Promise<void>,
): Promise<void> {
  const between = await relay({ to: { host: host.address, port: host.port } })
  try {
    await withFolder(async (folder) => {
      const file = join(folder, 'known_hosts')
      const keys = (await hostKeys(host)).map((key) => `[127.0.0.1]:${between.port} ${key}`)
      await writeFile(file, `${keys.join('\n')}\n`)
      await body(between, targetOf(host, kind, { address: '127.0.0.1', port: between.port, knownHostsFiles: [file] }))
    })
  } finally {
    await between.close()
  }
}

/** `type base64` of each key the lab recorded for the host. */
export async function hostKeys(host: TestHost): Promise<readonly string[]> {
  const lines = (await readFile(host.knownHostsFile, 'utf8')).split('\n')
  return lines.filter((line) => line.split(' ')[0]?.split(',').includes(host.address)).map((line) => line.split(' ').slice(1, 3).join(' '))
}

/** Waits until something holds, and fails if it does not within some seconds. */
export async function eventually(what: string, holds: () => Promise<boolean> | boolean, seconds = 40): Promise<void> {
  const until = Date.now() + seconds * 1000
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`still not so after ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Fails when a promise takes longer than these seconds. */
export async function within<T>(seconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${seconds} s`)), seconds * 1000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
