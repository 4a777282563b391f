import { type Fleet, ofTier, type Tier } from './model.ts'

/** One kind of connection that the programs of a chain need; what hosts need besides is in the matrix of the role `firewall`. */
export interface Flow {
  readonly name: string
  readonly from: Tier | 'internet'
  readonly to: Tier | 'internet'
  /** A port, or a range of them: `1024-65535`. */
  readonly port: number | string
}

/** A flow in the words of the role `firewall`. */
export interface FirewallFlow {
  readonly name: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly ports: readonly (number | string)[]
  /** Whether the world gets in, and so has to be kept from taking all connections. */
  readonly limited: boolean
}

/** The flows between the tiers that a fleet has, with the ports of its chain. */
export function flowsOf(fleet: Fleet): readonly Flow[] {
  const { p2p, prometheus, privval, cosigner, cosigner_metrics } = fleet.profile.ports
  const all: readonly Flow[] = [
    { name: 'peers', from: 'internet', to: 'public', port: p2p },
    // A peer out there listens where it likes.
    { name: 'peers', from: 'public', to: 'internet', port: '1024-65535' },
    { name: 'peers', from: 'public', to: 'public', port: p2p },
    { name: 'peers', from: 'public', to: 'sentry', port: p2p },
    { name: 'peers', from: 'sentry', to: 'public', port: p2p },
    { name: 'peers', from: 'sentry', to: 'sentry', port: p2p },
    { name: 'signing', from: 'cosigner', to: 'sentry', port: privval },
    { name: 'signing', from: 'signer', to: 'sentry', port: privval },
    { name: 'agreement', from: 'cosigner', to: 'cosigner', port: cosigner },
    { name: 'metrics', from: 'monitoring', to: 'public', port: prometheus },
    { name: 'metrics', from: 'monitoring', to: 'sentry', port: prometheus },
    { name: 'metrics', from: 'monitoring', to: 'cosigner', port: cosigner_metrics },
  ]
  return all.filter(({ from, to }) => [from, to].every((end) => end === 'internet' || ofTier(fleet, end).length > 0))
}

/** The same flows as the role `firewall` takes them. */
export function firewallFlows(fleet: Fleet): readonly FirewallFlow[] {
  return flowsOf(fleet).map(({ name, from, to, port }) => ({ name, from: [from], to: [to], ports: [port], limited: from === 'internet' }))
}
