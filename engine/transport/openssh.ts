import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Askpass, startAskpass } from './askpass.ts'
import { channelOverChild } from './child_channel.ts'
import type { ConnectOptions } from './connect_options.ts'
import { type Deadline, deadline } from './deadline.ts'
import type { Channel, ChannelExit, Connection, TransportError } from './host.ts'
import { answerFor } from './openssh_answer.ts'
import { type Master, startMaster } from './openssh_master.ts'
import { commandWords, exitWords, masterWords } from './openssh_words.ts'
import { lostProblem, startProblem } from './problem.ts'
import { run } from './process.ts'
import type { Shared } from './shared.ts'
import { DEFAULT_TIMEOUT_MS, type HostTarget } from './target.ts'

/**
 * Logs in with the system's `ssh`, so that everything of ssh_config, user certificates and hardware keys works. One process
 * holds the connection; each command is another that goes through it. Rejects with a `TransportError`.
 */
export async function connectOpenssh(target: HostTarget, options: ConnectOptions & { readonly shared: Shared }): Promise<Connection> {
  // Sockets need short paths, and nobody else may reach these.
  const room = await mkdtemp(join(tmpdir(), 'holdfast-'))
  const limit = deadline(target.timeoutMs ?? DEFAULT_TIMEOUT_MS, target)
  try {
    const master = await logIn({ target, options, room, limit })
    return connectionOver(master, { target, socket: socketIn(room) })
  } catch (problem) {
    await rm(room, { recursive: true, force: true })
    throw problem
  } finally {
    limit.stop()
  }
}

interface Attempt {
  readonly target: HostTarget
  readonly options: ConnectOptions & { readonly shared: Shared }
  readonly room: string
  readonly limit: Deadline
}

async function logIn({ target, options, room, limit }: Attempt): Promise<Master> {
  const answer = answerFor(target, options)
  const askpass: Askpass | undefined = answer && (await startAskpass(room, (question) => limit.pause(answer(question))))
  const words = masterWords(target, { home: options.home, socket: socketIn(room), asks: askpass !== undefined })
  const asking = askpass ? [`SSH_ASKPASS=${askpass.program}`, 'SSH_ASKPASS_REQUIRE=force', 'DISPLAY=:0'] : []
  try {
    return await startMaster(['env', 'LC_ALL=C', ...asking, ...words], { target, home: options.home, room, limit })
  } finally {
    askpass?.stop()
  }
}

function socketIn(room: string): string {
  return join(room, 'c')
}

function connectionOver(master: Master, { target, socket }: { readonly target: HostTarget; readonly socket: string }): Connection {
  return {
    ended: master.ended,
    async exec(command) {
      const gone = master.over()
      if (gone) throw gone.problem ?? lostProblem(target, 'it was closed')
      const [program = '', ...words] = commandWords(target, { socket, command })
      return commandOver(spawn(program, words, { detached: true }), master, target)
    },
    close: () => master.close(() => run('ssh', exitWords(target, socket).slice(1))),
  }
}

function commandOver(
  child: ReturnType<typeof spawn> & Parameters<typeof channelOverChild>[0],
  master: Master,
  target: HostTarget,
): Promise<Channel> {
  const said: { last: string } = { last: '' }
  child.stderr.on('data', (bytes: Buffer) => {
    said.last = `${said.last}${bytes.toString('latin1')}`.slice(-LAST_WORDS)
  })
  child.stderr.pause()
  const ending = async (exit: ChannelExit): Promise<ChannelExit> => {
    if (exit.code !== SSH_FAILED && exit.code !== null) return exit
    const lost = await master.endedSoon()
    if (lost) return { code: null, lost }
    if (NOT_OPENED.test(said.last)) return { code: null, lost: notOpened(target) }
    return exit
  }
  // Any gentler signal is passed on to the master, which would end with all its commands.
  return channelOverChild(child, { kill: () => child.kill('SIGKILL'), ending })
}

const SSH_FAILED = 255
const LAST_WORDS = 1000
const NOT_OPENED = /mux_client_request_session|Session open refused/

function notOpened(target: HostTarget): TransportError {
  return startProblem(target, 'the host opens no more sessions on one connection (`MaxSessions`)')
}
