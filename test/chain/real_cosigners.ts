import { setTimeout as sleep } from 'node:timers/promises'
import { is } from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { type Fleet, type FleetRun, withFleet } from '../support/fleet.ts'
import { type TestHost, withHosts } from '../support/lab.ts'
import { type Ceremony, splitKey } from './shards.ts'
import { program } from './suite.ts'

export const CHAIN_ID = 'kvstore-1'

export interface Cosigners {
  readonly cosigners: readonly TestHost[]
  readonly fleet: Fleet
  readonly ceremony: Ceremony
  /** Words of a call that brings the keys. */
  readonly keys: readonly string[]
}

interface Asked {
  readonly count?: number
  readonly threshold?: number
  readonly vars?: { readonly [name: string]: Json }
}

/** Lends fresh hosts and a project whose playbook gives all but a sentry the role `horcrux`, with the real program: five cosigners, of which three sign. */
export async function withCosigners(body: (scene: Cosigners) => Promise<void>, asked: Asked = {}): Promise<void> {
  const { count = 5, threshold = 3 } = asked
  const ceremony = await splitKey({ chainId: CHAIN_ID, count, threshold })
  await withHosts(count + 1, async (hosts) => {
    await Promise.all(hosts.map((host) => host.pristine()))
    const [sentry, ...cosigners] = hosts as readonly [TestHost, ...TestHost[]]
    const { path, version, sha256 } = program('horcrux')
    const vars = {
      chain: 'kvstore',
      node_id: "{{ regex_search (sha256 inventory_hostname) '^.{40}' }}",
      shard_id: "{{ int (last (split inventory_hostname '-')) }}",
      signing_threshold: threshold,
      horcrux_program: { name: 'horcrux', version, file: path, sha256 },
      ...asked.vars,
    }
    const request = { groups: { sentry: [sentry], cosigner: cosigners }, hosts: 'cosigner', roles: ['horcrux'], vars }
    await withFleet(request, async (fleet) => await body({ cosigners, fleet, ceremony, keys: ['-e', placing(ceremony)] }))
  })
}

/** The variables that a sealed `host_vars/NAME/signer.yml` would hold for each host. */
export function placing({ shards, eciesKeys }: Ceremony): string {
  const all = { test_shards: [...shards], test_ecies: [...eciesKeys] }
  const own = (name: string): Json => `{{ lookup ${name} (subtract shard_id 1) }}`
  return JSON.stringify({ ...all, horcrux_place_keys: true, horcrux_shard: own('test_shards'), horcrux_ecies_keys: own('test_ecies') })
}

/** The number of the leader, once all of these know the same one: on a busy machine they may elect another at any moment. */
export async function commonLeader(hosts: readonly TestHost[]): Promise<number> {
  const until = Date.now() + LONGEST_ELECTION_MS
  for (;;) {
    const known = await Promise.all(hosts.map(leaderKnownTo))
    const [leader = 0] = known
    if (leader > 0 && known.every((each) => each === leader)) return leader
    if (Date.now() > until) throw new Error(`they know different leaders, or none: ${known.join(' ')}`)
    await sleep(1000)
  }
}

/** One that was away is called again after two minutes and a half at the latest. */
const LONGEST_ELECTION_MS = 200_000

async function leaderKnownTo(host: TestHost): Promise<number> {
  const { stdout } = await host.run('timeout 10 runuser -u horcrux -- horcrux --home /var/lib/horcrux leader')
  return Number(/^Current leader: (-?\d+)$/m.exec(stdout)?.[1] ?? Number.NaN)
}

/** Asserts that a call did well. */
export function succeeds(ran: FleetRun): void {
  is(ran.code, 0, said(ran))
}

/** Everything that a call said. */
export function said({ results, errors, err }: FleetRun): string {
  return [...results.map(({ message }) => message), ...errors, err].join('\n')
}
