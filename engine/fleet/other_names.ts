import { attempt } from '../core/diagnostic.ts'
import { canonical } from './address.ts'
import type { FleetPlace } from './assemble.ts'
import type { FleetHost, Member } from './model.ts'

interface Known {
  readonly hosts: readonly FleetHost[]
  readonly places: ReadonlyMap<string, FleetPlace>
}

/**
 * Finds the fleet that a host serves by whatever name it is called: its own, one of its addresses, or that of another entry of the inventory
 * with the same address. A name that only DNS knows to be that host is not found.
 */
export function placeFinder({ hosts, places }: Known): (name: string) => FleetPlace | undefined {
  const entries = new Map(hosts.map((host) => [host.name, host]))
  const byAddress = new Map<string, FleetPlace>()
  for (const [name, place] of places) {
    const entry = entries.get(name)
    const addresses = [...(entry ? [addressOf(entry)] : []), ...addressesOf(place.member)].map(spelt)
    for (const address of addresses) if (!byAddress.has(address) && !isHere(address)) byAddress.set(address, place)
  }
  return (name) => {
    const entry = entries.get(name)
    return places.get(name) ?? byAddress.get(spelt(entry ? addressOf(entry) : name))
  }
}

/** Where a host is reached; one whose address cannot be told is not reached at all. */
function addressOf(host: FleetHost): string {
  const value = attempt([], () => host.read('ansible_host'))?.value
  return typeof value === 'string' && value !== '' ? value : host.name
}

function addressesOf({ privateAddress, publicAddress, tunnel }: Member): readonly string[] {
  return [privateAddress, publicAddress, tunnel?.address].flatMap((address) => (address ? [address.value] : []))
}

function spelt(address: string): string {
  return canonical(address.toLowerCase().replace(/\.$/, ''))
}

/** By these names every machine means itself; a relay on the controller may stand for any host. */
function isHere(address: string): boolean {
  return address === 'localhost' || address.startsWith('127.') || address === canonical('::1')
}
