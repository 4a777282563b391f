import type { ConnectOptions } from './connect_options.ts'
import { placeOf } from './problem.ts'
import type { Bastion, Shared } from './shared.ts'
import type { SshConnection } from './ssh_session.ts'
import type { HostTarget } from './target.ts'

type Options = ConnectOptions & { readonly shared: Shared }
type Start = (target: HostTarget, options: Options & { readonly via?: SshConnection }) => Promise<SshConnection>

/** Connects to a host through its jumps. Each jump is one connection, shared by all hosts behind it and closed after the last. */
export async function throughJumps(target: HostTarget, options: Options, start: Start): Promise<SshConnection> {
  const jumps = target.jumps ?? []
  const nearest = jumps.at(-1)
  if (!nearest) return start(target, options)
  const jump: HostTarget = { ...nearest, jumps: jumps.slice(0, -1) }
  const release = await join(jump, options, start)
  try {
    const connection = await start(target, { ...options, via: await release.connection })
    void connection.ended.then(release.leave)
    const close = () => connection.close().then(release.leave)
    return { ...connection, close }
  } catch (error) {
    await release.leave()
    throw error
  }
}

async function join(
  jump: HostTarget,
  options: Options,
  start: Start,
): Promise<{ connection: Promise<SshConnection>; leave: () => Promise<void> }> {
  const { bastions } = options.shared
  const name = nameOf(jump)
  const bastion: Bastion = bastions.get(name) ?? { connection: throughJumps(jump, options, start), users: 0 }
  bastions.set(name, bastion)
  bastion.users += 1
  const forget = () => void (bastions.get(name) === bastion && bastions.delete(name))
  bastion.connection.then(({ ended }) => ended.then(forget), forget)
  let left = false
  const leave = async () => {
    if (left) return
    left = true
    bastion.users -= 1
    if (bastion.users > 0) return
    forget()
    await bastion.connection.then(({ close }) => close()).catch(() => undefined)
  }
  return { connection: bastion.connection, leave }
}

function nameOf(jump: HostTarget): string {
  const hops = [...(jump.jumps ?? []), jump]
  return hops.map((hop) => `${hop.user ?? ''}@${placeOf(hop).address}:${placeOf(hop).port}`).join(' ')
}
