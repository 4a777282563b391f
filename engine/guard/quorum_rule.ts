import type { Standing } from './standing.ts'

/** What the guard knows when a change that may take a cosigner down is about to be made. */
export interface Question {
  readonly candidate: string
  /** How many cosigners must be up for the chain to be signed for. */
  readonly threshold: number
  readonly standings: ReadonlyMap<string, Standing>
  /** Cosigners in the middle of such a change of this run, by how they stood when it began. */
  readonly leases: ReadonlyMap<string, 'up' | 'down'>
  /** Cosigners that did not come back from such a change of this run. */
  readonly broken: ReadonlySet<string>
}

export type Verdict =
  | { readonly kind: 'allowed' }
  /** This run is changing another one; its turn comes. */
  | { readonly kind: 'busy'; readonly host: string }
  | { readonly kind: 'denied'; readonly down: readonly Down[]; readonly broken: readonly string[] }

export interface Down {
  readonly host: string
  readonly why: string
}

/**
 * Whether a cosigner that is up may be taken down for a moment: with it, at most n − t are down, for whatever reason; and one at a
 * time, for the others may fail by themselves meanwhile.
 */
export function judge({ candidate, threshold, standings, leases, broken }: Question): Verdict {
  const others = [...standings].filter(([host]) => host !== candidate)
  const down = others.flatMap(([host, standing]) => {
    if (leases.has(host)) return [{ host, why: 'this run is changing it' }]
    return standing.state === 'down' ? [{ host, why: standing.why }] : []
  })
  const unmended = down.filter(({ host }) => broken.has(host)).map(({ host }) => host)
  if (unmended.length === 0 && down.length + 1 <= standings.size - threshold) {
    const [busy] = [...leases].find(([host, stood]) => host !== candidate && stood === 'up') ?? []
    return busy === undefined ? { kind: 'allowed' } : { kind: 'busy', host: busy }
  }
  const [leased] = [...leases].find(([host]) => host !== candidate) ?? []
  return leased === undefined ? { kind: 'denied', down, broken: unmended } : { kind: 'busy', host: leased }
}
