import { reject, Rejected } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import { at } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { Layer } from '../core/plan.ts'
import type { Assembled } from '../fleet/assemble.ts'
import type { FleetHost, Placed } from '../fleet/model.ts'
import { fleetView } from '../fleet/view.ts'
import { Pending } from './pending.ts'
import type { Scope } from './scope.ts'
import type { Coming } from './scope_layer.ts'
import { force, Lazy, type Term } from './term.ts'

/** What is needed of a host to read the values that describe it. */
export interface Describing extends Pick<FleetHost, 'name' | 'origin' | 'groups' | 'rivalChains'> {
  /** The places that give it variables, weakest first. */
  readonly layers: readonly Layer[]
  readonly scope: () => Scope
}

/** A host whose values are those of its documents, rendered; one that hangs on a fact or on the fleet itself is refused. */
export function fleetHost({ layers, scope, ...host }: Describing): FleetHost {
  const originOf = (variable: string): Origin | undefined => winner(layers, variable)
  const read = (variable: string): Placed | undefined => {
    const origin = originOf(variable)
    return origin && { value: rendered(variable, { origin, scope: scope() }), origin }
  }
  return { ...host, originOf, read }
}

/** What a fleet is made from cannot be taken from a host, nor from the fleet. */
export const NOT_YET: Coming = { rank: 'magic', isComing: (name) => ['facts', 'ansible_facts', 'fleet'].includes(name) }

/** The variable `fleet` of a host, worked out when someone asks for an entry; undefined for a host outside all fleets. */
export function fleetTerm({ places, problems }: Assembled, host: string): Term | undefined {
  const place = places.get(host)
  if (!place && problems.length === 0) return undefined
  let view: { readonly [key: string]: Value } | undefined
  const known = () => {
    if (!place || problems.length > 0) throw new Rejected(problems)
    view ??= fleetView(place.fleet, place.member)
    return view
  }
  return new Lazy({ list: false, keys: () => Object.keys(known()), get: (key) => (Object.hasOwn(known(), key) ? known()[key] : undefined) })
}

function winner(layers: readonly Layer[], variable: string): Origin | undefined {
  for (let i = layers.length - 1; i >= 0; i--) {
    const node = at(layers[i]?.values, variable)
    if (node) return node.origin
  }
  return undefined
}

function rendered(variable: string, { origin, scope }: { readonly origin: Origin; readonly scope: Scope }): Value {
  try {
    return force(scope.lookup(variable) ?? null)
  } catch (error) {
    if (!(error instanceof Pending)) throw error
    const message = `\`${variable}\` hangs on \`${error.variable}\`, which is not known when fleets are made`
    return reject({ code: 'fleet-value', message, origin, help: 'write the value itself, or one made of other variables of the inventory' })
  }
}
