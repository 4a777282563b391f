import { connect as connectTcp } from 'node:net'
import { userInfo } from 'node:os'
import type { Duplex } from 'node:stream'
import { type Config, NodeSSH } from 'node-ssh'
import type { ConnectOptions } from './connect_options.ts'
import { type Deadline, deadline } from './deadline.ts'
import type { TransportError } from './host.ts'
import { startProblem, systemProblem, text } from './problem.ts'
import type { Shared } from './shared.ts'
import { checkHostKey, type HostRecord, readHostRecord } from './ssh_host_key.ts'
import { signUnasked, watchHandshake } from './ssh_internals.ts'
import { KeyRing, type Login, loginMethods, prepareLogin } from './ssh_login.ts'
import { cuttableProblem, loginProblem } from './ssh_problem.ts'
import { connectionOver, type SshConnection, watch } from './ssh_session.ts'
import { DEFAULT_KEEPALIVE_MS, DEFAULT_PORT, DEFAULT_TIMEOUT_MS, type HostTarget } from './target.ts'

export interface SshOptions extends ConnectOptions {
  readonly shared: Shared
  /** The connection to go through, where the host has a jump before it. */
  readonly via?: SshConnection
}

/** Logs in over node-ssh. Rejects with a `TransportError`; whatever was opened is closed again. */
export async function connectSsh(target: HostTarget, options: SshOptions): Promise<SshConnection> {
  const record = await readHostRecord(target, options)
  const login = await prepareLogin(target, options)
  const limit = deadline(target.timeoutMs ?? DEFAULT_TIMEOUT_MS, target)
  try {
    const socket = await dial(target, options.via, limit)
    return await logIn({ target, options, record, login, socket, limit })
  } finally {
    limit.stop()
  }
}

interface Attempt {
  readonly target: HostTarget
  readonly options: SshOptions
  readonly record: HostRecord
  readonly login: Login
  readonly socket: Duplex
  readonly limit: Deadline
}

async function dial(target: HostTarget, via: SshConnection | undefined, limit: Deadline): Promise<Duplex> {
  const port = target.port ?? DEFAULT_PORT
  const socket = via ? await limit.race(via.forward(target.address, port), (late) => late.destroy()) : await dialTcp(target, port, limit)
  limit.onExpiry(() => socket.destroy())
  return socket
}

function dialTcp(target: HostTarget, port: number, limit: Deadline): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    // Node gives each of several addresses 250 ms, too little for a far host.
    const socket = connectTcp({ host: target.address, port, noDelay: true, autoSelectFamilyAttemptTimeout: 2000 })
    limit.onExpiry((problem) => socket.destroy(problem))
    socket.once('error', (error) => reject(limit.expired() ?? systemProblem(error, target)))
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

async function logIn(attempt: Attempt): Promise<SshConnection> {
  const { target, login, socket, limit } = attempt
  const ssh = new NodeSSH()
  const ring = new KeyRing(login, limit.pause)
  let refused: TransportError | undefined
  const refuse = (problem: TransportError) => {
    refused ??= problem
    socket.destroy()
  }
  const connecting = ssh.connect(configure(attempt, { ring, refuse }))
  const client = ssh.connection
  if (!client) throw startProblem(target, text(await connecting.catch((error: unknown) => error)))
  // node-ssh takes its listener off once connected; without one, a later error would end the process.
  const state = watch(client, target)
  watchHandshake(client, () => refuse(cuttableProblem(target)))
  signUnasked(client, ring, (error) => refuse(error as TransportError))
  try {
    await connecting
  } catch (error) {
    socket.destroy()
    throw limit.expired() ?? login.failure ?? refused ?? loginProblem(state.error ?? error, { target, login })
  }
  return connectionOver({ client, state, target, socket })
}

function configure(
  { target, options, record, login, socket }: Attempt,
  { ring, refuse }: { ring: KeyRing; refuse: (problem: TransportError) => void },
): Config {
  const user = target.user ?? userInfo().username
  return {
    sock: socket as never,
    username: user,
    authHandler: loginMethods(target, { user, login, ring }) as never,
    hostVerifier: (key: Buffer, answer: (accepted: boolean) => void) => {
      checkHostKey(target, { record, key, notice: options.notice }).then(
        () => answer(true),
        (problem: TransportError) => {
          refuse(problem)
          answer(false)
        },
      )
    },
    algorithms: {
      serverHostKey: [...record.algorithms],
      cipher: [
        'aes128-gcm@openssh.com',
        'aes256-gcm@openssh.com',
        'chacha20-poly1305@openssh.com',
        'aes128-ctr',
        'aes192-ctr',
        'aes256-ctr',
      ],
      hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
      compress: ['none'],
    },
    ident: 'Holdfast',
    readyTimeout: 0,
    keepaliveInterval: target.keepaliveMs ?? DEFAULT_KEEPALIVE_MS,
    keepaliveCountMax: 3,
  }
}
