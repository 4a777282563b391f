import { showHosts } from '../report/hosts.ts'
import type { Foresight } from '../foresight/foresee.ts'
import type { Cut } from '../foresight/trip_log.ts'
import { labelOf } from '../foresight/why_anew.ts'

/** Hosts that cost the same number of round trips. */
export interface Cost {
  readonly hosts: readonly string[]
  readonly atLeast: number
  /** Left out where it may be any number. */
  readonly atMost?: number
}

/** What a play costs each of its hosts, hosts that cost the same together. */
export function costsOf({ least, most, open }: Foresight, hosts: readonly string[]): readonly Cost[] {
  const costs = new Map<string, Cost & { readonly hosts: string[] }>()
  for (const host of hosts) {
    const [one, other] = [least.counts[host] ?? 0, most.counts[host] ?? 0]
    const [atLeast, atMost] = [Math.min(one, other), Math.max(one, other)]
    const key = `${atLeast} ${atMost}`
    const cost = costs.get(key) ?? { hosts: [], atLeast, ...(open.length === 0 && { atMost }) }
    costs.set(key, cost)
    cost.hosts.push(host)
  }
  return [...costs.values()]
}

/** Where the tasks of a play are cut, what is not known before, and what each host costs. */
export function costLines(foresight: Foresight, hosts: readonly string[]): readonly string[] {
  const whose = (some: readonly string[]): string => (some.length === hosts.length ? '' : ` (${showHosts(some, hosts)})`)
  const costs = costsOf(foresight, hosts)
  return [
    ...foresight.most.cuts.map(
      (cut) => `  ${isCertain(cut, foresight) ? 'cut' : 'perhaps a cut'} before \`${labelOf(cut.task)}\`: ${cut.why}${whose(cut.hosts)}`,
    ),
    ...foresight.open.map((why) => `  not known before the run: ${why}`),
    ...costs.map(
      (cost) =>
        `  ${counted(cost)} for ${costs.length === 1 ? 'each host' : showHosts(cost.hosts, hosts)}, if as declared, after the handshake`,
    ),
  ]
}

/** Whether the tasks are cut here whatever the hosts turn out to be like. */
export function isCertain({ task, why }: Cut, { least }: Foresight): boolean {
  return least.cuts.some((other) => other.why === why && other.task.position.join() === task.position.join())
}

function counted({ atLeast, atMost }: Cost): string {
  const trips = (count: number): string => (count === 1 ? '1 round trip' : `${count} round trips`)
  if (atMost === undefined) return `at least ${trips(atLeast)}`
  return atLeast === atMost ? trips(atLeast) : `at least ${atLeast} and at most ${trips(atMost)}`
}
