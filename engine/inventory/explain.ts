import { entryAt, type Node } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { Layer, Rank } from '../core/plan.ts'

/** One place that sets a variable. */
export interface Setting {
  readonly rank: Rank
  readonly group?: string
  readonly origin: Origin
  readonly value: Node
  readonly wins: boolean
}

/** Every place that sets a variable, weakest first; the last one wins. */
export function explain(layers: readonly (Layer & { readonly group?: string })[], name: string): readonly Setting[] {
  const settings = layers.flatMap(({ rank, group, values }) => {
    const entry = entryAt(values, name)
    return entry ? [{ rank, ...(group !== undefined && { group }), origin: entry.keyOrigin, value: entry.value, wins: false }] : []
  })
  return settings.map((setting, i) => ({ ...setting, wins: i === settings.length - 1 }))
}
