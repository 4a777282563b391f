import { attempt, type Diagnostic } from '../core/diagnostic.ts'
import type { Origin } from '../core/origin.ts'
import { exposures } from './check_exposure.ts'
import { chainless, sameChains } from './check_chains.ts'
import { duplicates, sharedListeners } from './check_duplicates.ts'
import { generationProblems } from './check_generation.ts'
import { nodeProblems, nodeWarnings } from './check_nodes.ts'
import { signerProblems } from './check_signers.ts'
import { tunnelDuplicates, tunnelProblems } from './check_tunnels.ts'
import { sharedWays } from './check_ways.ts'
import { readMember } from './member.ts'
import type { Fleet, FleetHost, Member } from './model.ts'
import { placeFinder } from './other_names.ts'
import type { ChainProfile } from './profile.ts'

/** What fleets are made from. */
export interface Described {
  /** Every host of the inventory, in its order. */
  readonly hosts: readonly FleetHost[]
  /** The profile of a chain. Rejects a name that has none. */
  readonly profileOf: (name: string, from: Origin) => ChainProfile
}

export interface FleetPlace {
  readonly fleet: Fleet
  readonly member: Member
}

export interface Assembled {
  readonly fleets: readonly Fleet[]
  /** The fleet that each host serves, and its part in it. */
  readonly places: ReadonlyMap<string, FleetPlace>
  /** The same, of a host by whatever name it is called: also by an address, or by that of another entry for the same machine. */
  readonly placeOf: (name: string) => FleetPlace | undefined
  /** Every contradiction, once; none may be left when a host is contacted. */
  readonly problems: readonly Diagnostic[]
  /** What is allowed and worth knowing. */
  readonly warnings: readonly Diagnostic[]
}

/** Whether the inventory describes a fleet at all: a host of one of the four kinds that a chain needs names its chain. */
export function describesFleet(hosts: readonly FleetHost[]): boolean {
  return hosts.some((host) => SERVING.some((tier) => host.groups.includes(tier)) && host.originOf('chain') !== undefined)
}

/** The fleets of an inventory, and everything in which it contradicts itself. */
export function assembleFleets({ hosts, profileOf }: Described): Assembled {
  const problems: Diagnostic[] = []
  const members = hosts.flatMap((host) => readMember(host, problems) ?? [])
  const fleets = [...byChain(members)].flatMap(([name, ofChain]) => {
    const profile = attempt(problems, () => profileOf(name, (ofChain[0] as Member).chain.origin))
    return profile ? [{ name, profile, members: ofChain }] : []
  })
  problems.push(
    ...chainless(hosts, SERVING),
    ...hosts.flatMap((host) => [...severalKinds(host), ...severalChains(host), ...takenName(host)]),
  )
  problems.push(
    ...fleets.flatMap((fleet) => [
      ...exposures(fleet),
      ...nodeProblems(fleet),
      ...signerProblems(fleet),
      ...generationProblems(fleet),
      ...tunnelProblems(fleet),
    ]),
  )
  problems.push(...sameChains(fleets), ...sharedListeners(fleets), ...duplicates(fleets), ...tunnelDuplicates(fleets))
  const places = new Map(fleets.flatMap((fleet) => fleet.members.map((member) => [member.name, { fleet, member }] as const)))
  problems.push(...sharedWays(hosts.filter(({ name }) => places.has(name))))
  return { fleets, places, placeOf: placeFinder({ hosts, places }), problems: once(problems), warnings: fleets.flatMap(nodeWarnings) }
}

function byChain(members: readonly Member[]): ReadonlyMap<string, readonly Member[]> {
  const chains = new Map<string, Member[]>()
  for (const member of members) chains.set(member.chain.value, [...(chains.get(member.chain.value) ?? []), member])
  return chains
}

const SERVING = ['public', 'sentry', 'cosigner', 'signer'] as const

function severalKinds({ name, origin, groups }: FleetHost): readonly Diagnostic[] {
  const kinds = SERVING.filter((tier) => groups.includes(tier))
  if (kinds.length < 2) return []
  const message = `\`${name}\` is in the groups ${kinds.map((kind) => `\`${kind}\``).join(' and ')}`
  const why = kinds.some((kind) => kind === 'cosigner' || kind === 'signer')
    ? 'a signer shares its host with nothing else'
    : 'its address would be gossiped'
  return [{ code: 'fleet-tiers', message, origin, detail: why, help: 'leave it in one of them; use another host for the other' }]
}

function severalChains({ name, rivalChains = [] }: FleetHost): readonly Diagnostic[] {
  const [first, ...others] = rivalChains
  const other = others.find(({ value }) => value !== first?.value)
  if (!first || !other) return []
  return [
    {
      code: 'fleet-two',
      message: `\`${name}\` is in two fleets: \`${first.value}\` and \`${other.value}\``,
      origin: other.origin,
      detail: 'the signers of both would sign on one host',
      help: 'take the host out of one of the groups; each chain needs hosts of its own',
      related: [{ message: `the other chain, \`${first.value}\``, origin: first.origin }],
    },
  ]
}

/** `fleet` is what this is made into; a variable of that name would be hidden without a word. */
function takenName(host: FleetHost): readonly Diagnostic[] {
  const origin = host.originOf('chain') && host.originOf('fleet')
  if (!origin) return []
  const message = '`fleet` is the name under which Holdfast gives the fleet of a host'
  return [{ code: 'fleet-name', message, origin, help: 'give the variable another name' }]
}

/** What a group says wrong is said of each of its hosts. */
function once(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>()
  return problems.filter(({ origin, message }) => {
    const key = JSON.stringify([origin, message])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
