import type { ConnectOptions } from './connect_options.ts'
import { type Connection, TransportError } from './host.ts'
import { connectLocal } from './local.ts'
import { connectOpenssh } from './openssh.ts'
import { needOfOpenssh } from './openssh_need.ts'
import { placeOf } from './problem.ts'
import { createShared, type Shared } from './shared.ts'
import { connectSsh } from './ssh.ts'
import { throughJumps } from './ssh_jump.ts'
import { retryDelays } from './start_limit.ts'
import type { HostTarget } from './target.ts'

/** Reaches a host the way its target says. Rejects with a `TransportError` whose kind tells what to mend. */
export async function connect(target: HostTarget, options: ConnectOptions): Promise<Connection> {
  if (target.connection === 'local') return connectLocal(options)
  const shared = options.shared ?? createShared()
  const reason = target.connection === 'smart' ? await needOfOpenssh(target, options) : undefined
  if (reason) options.notice?.(`reaching \`${target.name}\` with OpenSSH: ${reason}`)
  const openssh = target.connection === 'openssh' || reason !== undefined
  const delays = retryDelays({ retries: options.retries ?? DEFAULT_RETRIES }, Math.random)
  return withRetries(
    () => (openssh ? startOpenssh(target, { ...options, shared }) : throughJumps(target, { ...options, shared }, start)),
    delays,
  )
}

const DEFAULT_RETRIES = 4

type Options = ConnectOptions & { readonly shared: Shared }

function start(target: HostTarget, options: Options & { readonly via?: Awaited<ReturnType<typeof connectSsh>> }) {
  const { address, port } = placeOf(target)
  return options.shared.starts.run([`${address}:${port}`], () => connectSsh(target, options))
}

/** Each of these logs in at every jump on its way. */
function startOpenssh(target: HostTarget, options: Options) {
  const doors = [...(target.jumps ?? []), target].map(placeOf).map(({ address, port }) => `${address}:${port}`)
  return options.shared.starts.run(doors, () => connectOpenssh(target, options))
}

async function withRetries<T>(attempt: () => Promise<T>, delays: readonly number[]): Promise<T> {
  for (const delay of delays) {
    try {
      return await attempt()
    } catch (error) {
      if (!isBusy(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, delay))
    }
  }
  return attempt()
}

/** Only a host that is busy right now is tried again unasked: what is down or wrong should be reported at once. */
function isBusy(error: unknown): boolean {
  return error instanceof TransportError && (error.problem === 'dropped' || error.problem === 'lost') && error.retryable
}
