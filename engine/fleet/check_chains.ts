import { attempt, type Diagnostic } from '../core/diagnostic.ts'
import type { Fleet, FleetHost, Member } from './model.ts'

/** Hosts that serve a chain by their group and do not say which: they would be of no fleet, and no guard would be asked about them. */
export function chainless(hosts: readonly FleetHost[], serving: readonly string[]): readonly Diagnostic[] {
  return hosts.flatMap((host): readonly Diagnostic[] => {
    const group = serving.find((tier) => host.groups.includes(tier))
    if (group === undefined || !isUnnamed(host)) return []
    return [
      {
        code: 'fleet-chain',
        message: `\`${host.name}\` is in the group \`${group}\` and names no chain`,
        origin: host.originOf('chain') ?? host.origin,
        detail: 'it would belong to no fleet, and no guard would ask about it',
        help: 'set `chain` to the name of a file in `chains/` without `.json`, for all hosts of the chain; or take the host out of the group',
      },
    ]
  })
}

/** Fleets that are one chain under two names: each has guards of its own, and neither sees the keys and signers of the other. */
export function sameChains(fleets: readonly Fleet[]): readonly Diagnostic[] {
  return fleets.flatMap((fleet, i) => {
    const other = fleets.slice(0, i).find((earlier) => idOf(earlier) === idOf(fleet))
    return other ? [sameChain(fleet, other)] : []
  })
}

function isUnnamed(host: FleetHost): boolean {
  if (host.originOf('chain') === undefined) return true
  const found = attempt([], () => host.read('chain'))
  return found !== undefined && (found.value === null || found.value === '')
}

function sameChain(fleet: Fleet, other: Fleet): Diagnostic {
  const [{ chain }, { chain: first }] = [fleet.members[0] as Member, other.members[0] as Member]
  return {
    code: 'fleet-two',
    message: `\`${other.name}\` and \`${fleet.name}\` are one chain, \`${idOf(fleet)}\``,
    origin: chain.origin,
    detail: 'each would have guards of its own, and nobody would see one key sign in both',
    help: 'give all hosts of the chain one profile; a second validator of it has an inventory of its own',
    related: [{ message: `the other profile, \`${first.value}\``, origin: first.origin }],
  }
}

function idOf({ profile }: Fleet): string {
  return String(profile.data['chain_id'])
}
