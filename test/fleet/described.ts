import { fileURLToPath } from 'node:url'
import type { Value } from '../../engine/core/json.ts'
import { type Assembled, assembleFleets } from '../../engine/fleet/assemble.ts'
import type { FleetHost } from '../../engine/fleet/model.ts'
import { profileFinder } from '../../engine/fleet/profile.ts'

/** What a test says of a host: its group, then its variables. */
export interface Said {
  readonly groups: readonly string[]
  readonly [variable: string]: Value
}

/** Chain profiles of the package. */
export const CHAINS = fileURLToPath(new URL('../../../roles/cosmos_node/chains', import.meta.url))

/** Hosts as an inventory with a line for each host and a column for each variable would give them. */
export function describe(said: { readonly [host: string]: Said }): readonly FleetHost[] {
  return Object.entries(said).map(([name, { groups, ...variables }], i) => {
    const line = i + 1
    const columnOf = (variable: string) => Object.keys(variables).indexOf(variable) + 1
    const originOf = (variable: string) => (Object.hasOwn(variables, variable) ? at(line, columnOf(variable) * 10) : undefined)
    return {
      name,
      origin: at(line, 1),
      groups,
      originOf,
      read: (variable) => {
        const origin = originOf(variable)
        return origin && { value: variables[variable] ?? null, origin }
      },
    }
  })
}

/** The fleets of these hosts, with the profiles of the package. */
export function assemble(said: { readonly [host: string]: Said }): Assembled {
  return assembleFleets({ hosts: describe(said), profileOf: profileFinder([CHAINS]) })
}

/** The id of a node as a test makes one up. */
export function idOf(number: number): string {
  return number.toString(16).padStart(40, '0')
}

function at(line: number, column: number) {
  return { file: 'hosts.yml', line, column }
}
