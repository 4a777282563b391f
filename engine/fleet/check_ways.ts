import { attempt, type Diagnostic } from '../core/diagnostic.ts'
import { canonical } from './address.ts'
import type { FleetHost } from './model.ts'

/** Hosts of a fleet that are reached in one place, and so are one machine under two names: what is seen of it would count twice. */
export function sharedWays(hosts: readonly FleetHost[]): readonly Diagnostic[] {
  const first = new Map<string, FleetHost>()
  return hosts.flatMap((host): readonly Diagnostic[] => {
    const way = wayTo(host)
    const earlier = way === undefined ? undefined : first.get(way)
    if (way !== undefined && !earlier) first.set(way, host)
    return earlier ? [sameMachine(earlier, host)] : []
  })
}

/** What tells where a host is reached; undefined for one that is this machine itself, as hosts of a trial may all be. */
function wayTo(host: FleetHost): string | undefined {
  const [connection, address, port, ...through] = VARIABLES.map((variable) => textOf(host, variable))
  if (connection === 'local') return undefined
  return JSON.stringify([canonical(address || host.name), port || '22', ...through])
}

const VARIABLES = ['ansible_connection', 'ansible_host', 'ansible_port', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']

/** One that cannot be read is told when the host is to be reached. */
function textOf(host: FleetHost, variable: string): string {
  const value = attempt([], () => host.read(variable))?.value
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function sameMachine(first: FleetHost, host: FleetHost): Diagnostic {
  return {
    code: 'fleet-duplicate',
    message: `\`${host.name}\` is reached where \`${first.name}\` is`,
    origin: host.originOf('ansible_host') ?? host.origin,
    detail: 'they would be one machine, which the guards would count twice',
    help: 'give each host an `ansible_host` of its own',
    related: [{ message: `\`${first.name}\` is reached there`, origin: first.originOf('ansible_host') ?? first.origin }],
  }
}
