import type { Change } from '../core/module.ts'
import type { WireguardParams } from './wireguard_params.ts'
import type { WireguardState } from './wireguard_reading.ts'

type Field = keyof WireguardState
interface States {
  readonly current: WireguardState
  readonly desired: Partial<WireguardState>
}

/** Whether a field is asked for and is otherwise. */
export function differs({ current, desired }: States, field: Field): boolean {
  return desired[field] !== undefined && JSON.stringify(desired[field]) !== JSON.stringify(current[field])
}

/** The lines that tell a person how an interface changes. */
export function describeInterface(states: States, params: WireguardParams, path: string): readonly Change[] {
  const { current, desired } = states
  const name = params.interface
  const line = (field: Field, what: string, shown: (state: Partial<WireguardState>) => string): readonly Change[] =>
    differs(states, field) ? [{ what, from: shown(current), to: shown(desired) }] : []
  const own = [
    ...line('live', `${name} key`, (state) => (state === desired ? 'that of the host' : 'another')),
    ...line('port', `${name} port`, ({ port }) => String(port)),
    ...line('mtu', `${name} mtu`, ({ mtu }) => String(mtu)),
  ]
  const peers = differs(states, 'peers') ? peerChanges(states, params) : line('routes', `${name} route`, ({ routes }) => listed(routes))
  return [
    ...line('link', name, ({ link = 'absent' }) => link),
    ...(current.link === 'absent' ? [] : own),
    ...line('addresses', `${name} address`, ({ addresses }) => listed(addresses)),
    ...peers,
    ...(current.trial === 'pending' ? [{ what: name, from: 'on trial', to: 'confirmed' }] : []),
    ...fileChanges(states, path),
    ...line('boot', `${name} at boot`, ({ boot }) => (boot ? 'up' : 'down')),
  ]
}

function fileChanges(states: States, what: string): readonly Change[] {
  const { current, desired } = states
  if (!(['file', 'file_key', 'mode'] as const).some((field) => differs(states, field))) return []
  return [{ what, from: current.file === '' ? 'absent' : 'other content', to: desired.file === '' ? 'absent' : 'the tunnels' }]
}

function peerChanges({ current, desired }: States, { interface: name, peers }: WireguardParams): readonly Change[] {
  const keyOf = (line: string) => line.slice(0, line.indexOf(' '))
  const wanted = desired.peers ?? []
  const keys = [...new Set([...wanted, ...current.peers].map(keyOf))]
  return keys.flatMap((key) => {
    const [from, to] = [current.peers, wanted].map((lines) => lines.find((line) => keyOf(line) === key)?.slice(key.length + 1))
    const what = `${name} peer ${peers.find(({ public_key }) => public_key === key)?.name ?? key}`
    return from === to ? [] : [{ what, from: from ?? 'absent', to: to ?? 'absent' }]
  })
}

function listed(items: readonly string[] = []): string {
  return items.join(', ') || 'none'
}
