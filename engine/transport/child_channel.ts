import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { type Channel, type ChannelExit, TransportError } from './host.ts'
import { text } from './problem.ts'
import { channelOver } from './stream_channel.ts'

export interface ChildOptions {
  readonly kill: () => void
  /** What the end of the process means, where that is not simply the end of the command. */
  readonly ending?: (exit: ChannelExit) => ChannelExit | Promise<ChannelExit>
}

/** A channel over a process on this machine. Rejects with a `TransportError` if it cannot be started. */
export function channelOverChild(child: ChildProcessWithoutNullStreams, { kill, ending = (exit) => exit }: ChildOptions): Promise<Channel> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new TransportError('start', `could not start \`${child.spawnfile}\`: ${text(error)}`)))
    const over = new Promise<ChannelExit>((settle) => {
      child.once('exit', (code, signal) => settle(ending({ code, ...(signal && { signal }) })))
    })
    const { stdin, stdout, stderr } = child
    const channel = channelOver({ stdin, stdout, stderr, over, kill: () => isRunning(child) && kill() })
    child.once('spawn', () => resolve(channel))
  })
}

/** After the end its number may belong to another process. */
function isRunning({ exitCode, signalCode }: ChildProcessWithoutNullStreams): boolean {
  return exitCode === null && signalCode === null
}
