import { factsScript } from '../facts/script.ts'
import { Host } from '../session/host.ts'
import type { Channel, ChannelExit, Connection, Listener } from '../transport/host.ts'

/** Told of each round trip: the opening of a shell, and each exchange with it. `user` is left out for the login user. */
export type OnTrip = (trip: { readonly host: string; readonly user?: string; readonly opening: boolean }) => void

/**
 * A host that exists nowhere: every script it is given succeeds and prints nothing. What talks to it takes exactly the round trips
 * that it would take with a real one.
 */
export function imaginedHost(name: string, onTrip: OnTrip): Host {
  return new Host(name, async () => CONNECTION, {
    shell: async (_, { become, initial = '' } = {}) => {
      const told = { host: name, ...(become && { user: become.user }) }
      onTrip({ ...told, opening: true })
      return imaginedShell(initial, () => onTrip({ ...told, opening: false }))
    },
  })
}

const CONNECTION: Connection = {
  exec: () => Promise.reject(new Error('an imagined host runs nothing')),
  close: async () => undefined,
  ended: new Promise(() => undefined),
}

/** Answers each step of what is written with success. */
function imaginedShell(initial: string, onExchange: () => void): Channel {
  const listeners: { stdout?: Listener; stderr?: Listener } = {}
  const say = (text: string): void => {
    const bytes = Buffer.from(text)
    void listeners.stdout?.(bytes)
    void listeners.stderr?.(bytes)
  }
  const opened = initial.includes(factsScript.text) ? 'hf.uname=\n' : ''
  // Only once the session listens to both.
  const begin = (): void =>
    listeners.stdout && listeners.stderr ? say(`${opened}${frame(TOKEN.exec(initial)?.[1] ?? '', '0')}`) : undefined
  let nonce = ''
  let end: (exit: ChannelExit) => void = () => undefined
  return {
    write: async (data) => {
      const text = data.toString()
      nonce = NONCE.exec(text)?.[1] ?? nonce
      onExchange()
      say([...new Set(Array.from(text.matchAll(STEP), ([, step = '']) => step))].map((step) => frame(nonce, step)).join(''))
    },
    end: () => undefined,
    onStdout: (listener) => {
      listeners.stdout = listener
      begin()
    },
    onStderr: (listener) => {
      listeners.stderr = listener
      begin()
    },
    exit: new Promise((resolve) => {
      end = resolve
    }),
    kill: () => end({ code: 0 }),
  }
}

/** As `session/shell_step.ts` writes them. */
const TOKEN = /printf '\\n%s 0 0\\n' (\w+)/
const NONCE = /^hf_n=(\w+);/m
const STEP = /hf_end (\d+) \$hf_rc\b/g

function frame(mark: string, step: string): string {
  return `\n${mark} ${step} 0\n`
}
