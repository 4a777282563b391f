import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import { at, type MapNode, type Node } from '../core/node.ts'
import { hostLayers, mergedVars } from '../inventory/layers.ts'
import type { Host, Inventory } from '../inventory/model.ts'
import type { LabHost } from '../lab/layout.ts'

/** The lab hosts that stand in for the hosts of an inventory: the same names, at the addresses of `ansible_host`. */
export function labHosts(inventory: Inventory): readonly LabHost[] {
  const problems: Diagnostic[] = []
  const hosts = [...inventory.hosts.values()].map((host) => {
    const vars = mergedVars(hostLayers(inventory, host))
    const address = text(at(vars, 'ansible_host'))
    if (address === undefined) problems.push(noAddress(host))
    return { name: host.name, address: address ?? '', internet: hasInternet(vars) }
  })
  if (problems.length > 0) throw new Rejected(problems)
  return hosts
}

/** `lab_internet: false` makes a host that reaches nothing outside the lab. */
function hasInternet(vars: MapNode): boolean {
  const node = at(vars, 'lab_internet')
  return node?.kind !== 'scalar' || node.value !== false
}

function text(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined
}

function noAddress({ name, origin }: Host): Diagnostic {
  return {
    code: 'lab-address',
    message: `host \`${name}\` has no address for the lab`,
    origin,
    help: 'give each host an `ansible_host` in one private /24, such as 10.77.0.11',
  }
}
