import { setTimeout as sleep } from 'node:timers/promises'
import { COSIGNERS } from './chain_project.ts'
import { heightOf, reaches, type Vote, votes } from './observed.ts'
import type { StandingFleet } from './standing_fleet.ts'

/** A cosigner that was away is called again after two minutes and a half at the latest, and then there may be an election. */
const BACK_SECONDS = 300
const SENTRIES = ['sentry-1', 'sentry-2']

interface Signing {
  readonly blocks?: number
  readonly withinSeconds?: number
}

/** Resolves once our validator has signed so many in a row of the blocks that come from now on. */
export async function signs(fleet: StandingFleet, { blocks = 3, withinSeconds = BACK_SECONDS }: Signing = {}): Promise<void> {
  const [since, until] = [await heightOf(fleet.outside), Date.now() + withinSeconds * 1000]
  for (;;) {
    const height = await heightOf(fleet.outside)
    const last = await votes(fleet.outside, { of: fleet.validator, from: Math.max(since + 1, height - blocks), to: height - 1 })
    if (last.length >= blocks && last.every((vote) => vote === 'signed')) return
    if (Date.now() > until) throw new Error(`from ${since} to ${height} our validator did not sign ${blocks} in a row: ${last.join(' ')}`)
    await sleep(1000)
  }
}

/** How our validator votes on the next blocks for which nobody can have voted before this call. */
export async function votesFromNowOn(fleet: StandingFleet, blocks: number): Promise<readonly Vote[]> {
  const nodes = [fleet.outside, ...SENTRIES.map((host) => ({ lab: fleet.name, host }))]
  // Votes are given for the block after the newest one.
  const from = Math.max(...(await Promise.all(nodes.map(heightOf)))) + 2
  await reaches(fleet.outside, from + blocks, { withinSeconds: 60 * blocks })
  return votes(fleet.outside, { of: fleet.validator, from, to: from + blocks - 1 })
}

/** Resolves once the chain, which hangs on each vote of ours, has come so far: CometBFT does not ask again for one that its signer refused. */
export async function goesOn(fleet: StandingFleet, to: number): Promise<void> {
  const until = Date.now() + BACK_SECONDS * 1000
  for (let from = await heightOf(fleet.outside); from < to; from = await heightOf(fleet.outside)) {
    const moved = await reaches(fleet.outside, from + 1, { withinSeconds: 40 }).catch(() => undefined)
    if (moved !== undefined) continue
    if (Date.now() > until) throw new Error(`the chain stands at ${from}, also after its sentries were restarted`)
    await restartSentries(fleet)
  }
}

export async function restartSentries(fleet: StandingFleet): Promise<void> {
  for (const host of SENTRIES) await fleet.on(host, 'systemctl restart cosmos-node')
}

/** The height after which no block comes: none did for twenty seconds. */
export async function standsStill(fleet: StandingFleet): Promise<number> {
  const until = Date.now() + 120_000
  for (;;) {
    const height = await heightOf(fleet.outside)
    await sleep(20_000)
    if ((await heightOf(fleet.outside)) === height) return height
    if (Date.now() > until) throw new Error(`at ${height} blocks still come`)
  }
}

/** The leader, once all of these cosigners know the same one. From then on none of them is yet to be called, and to have another one elected by that. */
export async function leaderOf(fleet: StandingFleet, hosts: readonly string[] = COSIGNERS): Promise<string> {
  const until = Date.now() + BACK_SECONDS * 1000
  for (;;) {
    const known = await Promise.all(hosts.map((host) => leaderKnownTo(fleet, host)))
    const [leader = ''] = known
    if (COSIGNERS.includes(leader) && known.every((each) => each === leader)) return leader
    if (Date.now() > until) throw new Error(`${hosts.join(', ')} know no common leader: ${known.join(', ')}`)
    await sleep(1000)
  }
}

async function leaderKnownTo(fleet: StandingFleet, host: string): Promise<string> {
  const told = await fleet.on(host, 'timeout 10 runuser -u horcrux -- horcrux --home /var/lib/horcrux leader 2>&1; true')
  return `cosigner-${/Current leader: (-?\d)/.exec(told)?.[1] ?? ''}`
}
