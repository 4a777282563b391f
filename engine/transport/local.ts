import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { channelOverChild } from './child_channel.ts'
import { type Channel, type Connection, TransportError } from './host.ts'

/** Reaches this very machine: commands run in `/bin/sh` as the operator, in the home directory or, where there is none, in `/`, as a login would. */
export function connectLocal({ home }: { readonly home: string }): Connection {
  const running = new Set<Channel>()
  let closed = false
  let settle: (problem: undefined) => void = () => undefined
  const ended = new Promise<undefined>((resolve) => {
    settle = resolve
  })
  return {
    ended,
    async exec(command) {
      if (closed) throw new TransportError('lost', 'the connection was closed')
      // A group of its own, so that `kill` reaches what the command started too.
      const child = spawn('/bin/sh', ['-c', command], { cwd: existsSync(home) ? home : '/', detached: true })
      const channel = await channelOverChild(child, { kill: () => killGroup(child.pid) })
      running.add(channel)
      void channel.exit.then(() => running.delete(channel))
      return channel
    },
    async close() {
      closed = true
      for (const channel of running) channel.kill()
      await Promise.all([...running].map(({ exit }) => exit))
      settle(undefined)
    },
  }
}

function killGroup(group: number | undefined): void {
  if (group !== undefined) spawn('/bin/sh', ['-c', `kill -s KILL -- -${group}`], { stdio: 'ignore' }).on('error', () => undefined)
}
