import { type Fleet, ofTier, type Tier } from './model.ts'

/** One kind of connection that the programs of a chain need; what hosts need besides is in the matrix of the role `firewall`. */
export interface Flow {
  readonly name: string
  readonly from: Tier | 'internet'
  readonly to: Tier | 'internet'
  readonly port: number
}

/** The flows between the tiers that a fleet has, with the ports of its chain. */
export function flowsOf(fleet: Fleet): readonly Flow[] {
  const { p2p, prometheus, privval, cosigner, cosigner_metrics } = fleet.profile.ports
  const all: readonly Flow[] = [
    { name: 'peers', from: 'internet', to: 'public', port: p2p },
    { name: 'peers', from: 'public', to: 'public', port: p2p },
    { name: 'peers', from: 'public', to: 'sentry', port: p2p },
    { name: 'peers', from: 'sentry', to: 'public', port: p2p },
    { name: 'peers', from: 'sentry', to: 'sentry', port: p2p },
    { name: 'signing', from: 'cosigner', to: 'sentry', port: privval },
    { name: 'agreement', from: 'cosigner', to: 'cosigner', port: cosigner },
    { name: 'metrics', from: 'monitoring', to: 'public', port: prometheus },
    { name: 'metrics', from: 'monitoring', to: 'sentry', port: prometheus },
    { name: 'metrics', from: 'monitoring', to: 'cosigner', port: cosigner_metrics },
  ]
  return all.filter(({ from, to }) => [from, to].every((end) => end === 'internet' || ofTier(fleet, end).length > 0))
}
