import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { limit } from '../support/limit.ts'
import { evidence, heightOf, reaches, statusOf, votes } from './observed.ts'
import { openPorts, portsOfMatrix } from './port_scan.ts'
import { COSIGNERS } from './chain_project.ts'
import { type StandingFleet, standingFleet, steps } from './standing_fleet.ts'
import { chainSuite } from './suite.ts'

limit(1800)
const test = chainSuite('a whole fleet on a real chain')

test('bare hosts become a validator that signs, and a second apply changes nothing while it does', async () => {
  const fleet = await standingFleet()
  await signs(fleet, { withinSeconds: 90 })
  const { validator_info } = await statusOf({ lab: fleet.name, host: 'sentry-1' })
  assert.is(validator_info.address, fleet.validator)

  const again = await fleet.apply('site')
  steps.push({ what: 'site.yml again', seconds: Math.round(again.ms / 1000) })
  assert.is(again.code, 0, again.err)
  assert.equal(again.results, [], 'a second run changed something')
  const status = await fleet.apply('status')
  assert.equal([status.code, status.results.filter((result) => result.status === 'changed')], [0, []], status.err)
  assert.match(status.err, /4 of 4 nodes answer[\s\S]*5 of 5 cosigners answer, [345] know a leader; 3 are needed to sign/)
  process.stdout.write(`  ${steps.map(({ what, seconds }) => `${what} ${seconds} s`).join(' · ')}\n`)
  await neverTwice(fleet)
})

test('any two cosigners may stop, a third ends the signing, and it goes on when one is back', async () => {
  const fleet = await standingFleet()
  for (const [first, second, third] of await roundsWithTheLeader(fleet)) {
    await signs(fleet, { withinSeconds: 60 })
    await stop(fleet, first)
    await sleep(5000)
    await stop(fleet, second)
    const withThree = await votesOverNext(fleet, 12)
    assert.ok(
      withThree.slice(-6).every((vote) => vote === 'signed'),
      `three of five are up: ${withThree.join(' ')}`,
    )
    await stop(fleet, third)
    await sleep(3000)
    const withTwo = await votesOverNext(fleet, 4)
    assert.ok(
      withTwo.every((vote) => vote !== 'signed'),
      `two of five are up: ${withTwo.join(' ')}`,
    )
    await start(fleet, third)
    await signs(fleet, { withinSeconds: 90 })
    await start(fleet, first)
    await start(fleet, second)
  }
  await signs(fleet, { withinSeconds: 60 })
  await neverTwice(fleet)
})

test('where our signature decides, blocks end with the third cosigner and go on when it is back', async () => {
  const fleet = await standingFleet()
  const [{ 1: first, 2: second }] = await roundsWithTheLeader(fleet)
  const [third = ''] = COSIGNERS.filter((host) => host !== first && host !== second)
  try {
    await signs(fleet, { withinSeconds: 60 })
    await stop(fleet, first)
    await stop(fleet, second)
    // The two that are left besides the leader may have been away in the test before, and are called again after two minutes at the latest.
    // A vote that was lost meanwhile is not asked for again, so only then may the chain hang on ours.
    await votesOverNext(fleet, 4)
    await signs(fleet, { withinSeconds: 180 })
    // Two of three outsiders hold half of the power: no block without us.
    await fleet.on('world-3', 'systemctl kill --signal=STOP outsider')
    await reaches(fleet.outside, (await heightOf(fleet.outside)) + 6, { withinSeconds: 60 })
    await stop(fleet, third)
    await sleep(3000)
    const ended = await heightOf(fleet.outside)
    await sleep(10_000)
    assert.is(await heightOf(fleet.outside), ended, 'two of five signed')
    await start(fleet, third)
    await leads(fleet, third)
    // CometBFT does not ask again for a vote that its signer refused.
    for (const host of ['sentry-1', 'sentry-2']) await fleet.on(host, 'systemctl restart cosmos-node')
    await reaches(fleet.outside, ended + 6, { withinSeconds: 90 })
  } finally {
    for (const host of COSIGNERS) await start(fleet, host)
    await fleet.on('world-3', 'systemctl kill --signal=CONT outsider')
  }
  await signs(fleet, { withinSeconds: 60 })
  await neverTwice(fleet)
})

test('a change of settings rolls through the cosigners without losing their quorum', async () => {
  const fleet = await standingFleet()
  await signs(fleet, { withinSeconds: 60 })
  const before = await heightOf(fleet.outside)
  const rolled = await fleet.apply('site', '-e', 'horcrux_raft_timeout=1100ms')
  assert.is(rolled.code, 0, rolled.err)
  for (const host of COSIGNERS) assert.ok(rolled.hosts[host]?.changed, `${host} was not changed`)
  const after = await reaches(fleet.outside, (await heightOf(fleet.outside)) + 2, { withinSeconds: 30 })
  const seen = await votes(fleet.outside, { of: fleet.validator, from: before, to: after - 1 })
  const missed = seen.filter((vote) => vote !== 'signed').length
  assert.ok(missed <= BLOCKS_OF_A_LEADER_CHANGE, `${missed} of ${seen.length} blocks were missed: ${seen.join(' ')}`)
  const back = await fleet.apply('site')
  assert.is(back.code, 0, back.err)
  await signs(fleet, { withinSeconds: 60 })
  await neverTwice(fleet)
})

test('nobody outside learns of a sentry', async () => {
  const fleet = await standingFleet()
  const sentries = await Promise.all(
    ['sentry-1', 'sentry-2'].map((host) => fleet.on(host, 'simd comet show-node-id --home /var/lib/cosmos-node')),
  )
  const hidden = [...sentries.map((id) => id.trim()), `${fleet.range}.21`, `${fleet.range}.22`]
  for (const host of ['world-1', 'world-2', 'world-3']) {
    const book = await fleet.on(host, 'cat /var/lib/outsider/config/addrbook.json')
    assert.match(book, `${fleet.range}.1`)
    for (const trace of hidden) assert.not.match(book, trace, `${host} knows ${trace}`)
  }
})

test('from each zone just the ports of the flow matrix are open', async () => {
  const fleet = await standingFleet()
  assert.equal(await openPorts(fleet), portsOfMatrix())
})

test.run()

/** A leader that goes away is missed for five seconds, and a block takes about one. */
const BLOCKS_OF_A_LEADER_CHANGE = 6

/** Resolves once our validator has signed three blocks in a row. */
async function signs(fleet: StandingFleet, { withinSeconds }: { readonly withinSeconds: number }): Promise<void> {
  const until = Date.now() + withinSeconds * 1000
  for (;;) {
    const height = await heightOf(fleet.outside)
    const last = height > 5 ? await votes(fleet.outside, { of: fleet.validator, from: height - 3, to: height - 1 }) : []
    if (last.length > 0 && last.every((vote) => vote === 'signed')) return
    if (Date.now() > until) throw new Error(`at ${height} our validator does not sign: ${last.join(' ')}`)
    await sleep(1000)
  }
}

async function votesOverNext(fleet: StandingFleet, blocks: number): ReturnType<typeof votes> {
  const from = await heightOf(fleet.outside)
  await reaches(fleet.outside, from + blocks + 1, { withinSeconds: 20 * blocks })
  return votes(fleet.outside, { of: fleet.validator, from: from + 1, to: from + blocks })
}

async function neverTwice(fleet: StandingFleet): Promise<void> {
  assert.equal(await evidence(fleet.outside, await heightOf(fleet.outside)), [], 'somebody signed twice')
}

async function stop(fleet: StandingFleet, host: string): Promise<void> {
  await fleet.on(host, 'systemctl stop horcrux')
}

async function start(fleet: StandingFleet, host: string): Promise<void> {
  await fleet.on(host, 'systemctl start horcrux')
}

type Round = readonly [first: string, second: string, third: string]

/** Two rounds: one that begins with the leader, one without it. */
async function roundsWithTheLeader(fleet: StandingFleet): Promise<readonly [withLeader: Round, without: Round]> {
  const leader = await leads(fleet, 'cosigner-1')
  const [a = '', b = '', c = '', d = ''] = COSIGNERS.filter((host) => host !== leader)
  return [
    [leader, a, b],
    [c, d, a],
  ]
}

/** The leader that a cosigner knows, once it knows one: one that was away is called again after two minutes at the latest. */
async function leads(fleet: StandingFleet, asked: string): Promise<string> {
  const until = Date.now() + 150_000
  for (;;) {
    const told = await fleet.on(asked, 'timeout 10 runuser -u horcrux -- horcrux --home /var/lib/horcrux leader 2>&1; true')
    const leader = `cosigner-${/Current leader: (\d)/.exec(told)?.[1] ?? ''}`
    if (COSIGNERS.includes(leader)) return leader
    if (Date.now() > until) throw new Error(`${asked} knows no leader: ${told}`)
    await sleep(1000)
  }
}
