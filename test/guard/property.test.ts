import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ComingChange } from '../../engine/converge/permit.ts'
import { type Module, Refusal } from '../../engine/core/module.ts'
import type { FleetPlace } from '../../engine/fleet/assemble.ts'
import { FleetLock } from '../../engine/guard/fleet_lock.ts'
import type { Guard } from '../../engine/guard/guard.ts'
import { permitOf } from '../../engine/guard/permit.ts'
import { QuorumWatch } from '../../engine/guard/quorum_watch.ts'
import { findModule } from '../../engine/modules/registry.ts'
import { numbersFrom, VirtualTime } from './virtual_time.ts'
import { LONG_AGO, World } from './world.ts'

const test = suite('the guards of a fleet')

const HOUR = 3_600_000
/** The longest that a look takes in this world, with some to spare. */
const LOOK_MS = 200

const RESTART: ComingChange = { module: findModule('systemd_service') as Module, action: 'restarted', params: {}, disrupts: true }

/** What happens in one round: several runs that each disturb some cosigners, and a world that does not keep still. */
const ROUND = fc.record({
  count: fc.integer({ min: 3, max: 7 }),
  spare: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer(),
  runs: fc.array(
    fc.record({
      beginsAt: fc.integer({ min: 0, max: 20_000 }),
      forks: fc.integer({ min: 1, max: 5 }),
      hosts: fc.array(fc.nat(6), { minLength: 1, maxLength: 6 }),
      breaks: fc.integer({ min: 0, max: 3 }),
      diesAt: fc.option(fc.integer({ min: 0, max: 60_000 }), { freq: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  faults: fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 90_000 }),
      host: fc.nat(6),
      kind: fc.constantFrom('dies', 'dies whole', 'returns', 'returns', 'is cut', 'is cut silently', 'all are cut', 'all are cut silently'),
    }),
    { maxLength: 12 },
  ),
  splits: fc.array(fc.record({ at: fc.integer({ min: 0, max: 90_000 }), parts: fc.array(fc.nat(2), { minLength: 1, maxLength: 7 }) }), {
    maxLength: 3,
  }),
})
type Round = typeof ROUND extends fc.Arbitrary<infer T> ? T : never

test('never take down a cosigner that the chain cannot do without, and never wait for each other for ever', async () => {
  let disturbed = 0
  await fc.assert(
    fc.asyncProperty(ROUND, async (round) => {
      const played = await play(round)
      disturbed += played.disturbed
      assert.equal(played.broken, [], JSON.stringify(round))
    }),
    { numRuns: 1000 },
  )
  assert.ok(disturbed > 400, `${disturbed} changes were made`)
})

test('let every cosigner have its turn where nothing else happens', async () => {
  const one = { beginsAt: 0, forks: 5, hosts: [0, 1, 2, 3, 4], breaks: 0, diesAt: null }
  const { disturbed, refused, broken } = await play({ count: 5, spare: 2, seed: 1, runs: [one], faults: [], splits: [] })
  assert.equal({ disturbed, refused, broken }, { disturbed: 5, refused: 0, broken: [] })
})

test.run()

interface Played {
  /** Times when fewer cosigners were left than the chain needs, and we did it. */
  readonly broken: string[]
  disturbed: number
  refused: number
}

async function play({ count, spare: most, seed, runs, faults, splits }: Round): Promise<Played> {
  const time = new VirtualTime(numbersFrom(seed))
  const world = new World(count, time)
  const spare = Math.min(most, Math.floor((count - 1) / 2))
  const played: Played = { broken: [], disturbed: 0, refused: 0 }
  const acting = runs.map((run, i) => carryOut(run, { name: `run ${i + 1}`, world, time, spare, played }))
  const happening = faults.map(async ({ at, host, kind }) => {
    await time.wait(at)
    const name = nameOf(host, count)
    if (kind === 'dies' || kind === 'dies whole') world.die(name, { whole: kind === 'dies whole' })
    if (kind === 'returns') world.rise(name)
    const cut = kind.startsWith('all are cut') ? [...world.hosts.keys()] : [name]
    if (kind.includes('cut')) await Promise.all(cut.map((one) => world.cut(one, { silently: kind.endsWith('silently') })))
  })
  const splitting = splits.map(async ({ at, parts }) => {
    await time.wait(at)
    world.split(parts)
  })
  await time.pass(Promise.all([...acting, ...happening, ...splitting]), { atMostMs: HOUR })
  return played
}

interface Stage {
  readonly name: string
  readonly world: World
  readonly time: VirtualTime
  readonly spare: number
  readonly played: Played
}

/** One run: so many hosts at a time, each change asked for as the engine asks. */
async function carryOut({ beginsAt, forks, hosts, breaks, diesAt }: Round['runs'][number], stage: Stage): Promise<void> {
  const { name, world, time } = stage
  await time.wait(beginsAt)
  const { lock, guards } = guardsOf(stage)
  let isDead = false
  const death = time.wait(diesAt ?? HOUR / 2).then(() => {
    isDead = true
    world.kill(name)
  })
  const left = hosts.map((host, i) => ({ host: nameOf(host, world.hosts.size), staysBroken: i < breaks }))
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next && !isDead; next = left.shift())
      await change(next.host, { ...stage, guards, staysBroken: next.staysBroken, isDead: () => isDead })
  }
  const all = Promise.all(Array.from({ length: forks }, work)).then(() => 'done')
  if ((await Promise.race([all, death])) === 'done') await lock.release()
  else if (diesAt === null) throw new Error(`${name} did not come to its end`)
}

function guardsOf({ name, world, time, spare }: Stage) {
  const holder = { run: name, user: 'ana', from: 'desk', process: 1, since: '', doing: '' }
  const lock = new FleetLock({
    fleet: 'x',
    hosts: [...world.hosts.keys()],
    run: name,
    isForced: false,
    waitMs: 30_000,
    approach: async () => undefined,
    take: (host) => world.take(host, holder),
    clock: time,
    onWait: () => undefined,
    onSettle: () => undefined,
  })
  const watch = new QuorumWatch({
    fleet: 'x',
    cosigners: world.members,
    threshold: world.hosts.size - spare,
    port: 2222,
    look: (hosts) => world.look(hosts),
    patienceMs: 20_000,
    returnMs: 10_000,
    clock: time,
    onWait: () => undefined,
  })
  const locking: Guard = {
    enter: async () => {
      const times = await lock.hold()
      return { anew: false, isStill: () => lock.isHeldSince(times) }
    },
  }
  const watching: Guard = { enter: (_, { member }) => watch.enter(member.name, { staysDown: false }) }
  return { lock, guards: [locking, watching] }
}

interface Changing extends Stage {
  readonly guards: readonly Guard[]
  readonly staysBroken: boolean
  readonly isDead: () => boolean
}

/** What is on its way to a host when its controller dies goes on there. */
async function change(host: string, { world, time, guards, staysBroken, isDead, played, spare }: Changing): Promise<void> {
  try {
    const permit = permitOf(guards, { fleet: {}, member: world.of(host).member } as FleetPlace)
    await permit.enter(RESTART)
    if (isDead()) return
    const granted = time.now()
    await time.wait(time.random() * 3000)
    disturb(host, { world, time, played, spare, granted })
    await time.wait(time.random() * 5000)
    if (!staysBroken && world.of(host).isReachable) world.rise(host)
    if (isDead()) return
    await permit.leave()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    played.refused++
  }
}

/**
 * Takes a cosigner down. Those that died by themselves or were cut off since it was allowed are not our doing, and one that was down then
 * may be repaired, even if it comes up meanwhile.
 */
function disturb(
  host: string,
  { world, time, played, spare, granted }: Pick<Changing, 'world' | 'time' | 'played' | 'spare'> & { granted: number },
): void {
  const it = world.of(host)
  if (!it.isUp) return
  played.disturbed++
  const largest = world.largestPart(granted - LOOK_MS)
  const isCutOff = (other: typeof it) => other.isUp && !largest.includes(other) && other.splitAt < granted - LOOK_MS
  const isOurs = (other: typeof it) => (!other.isUp && other.diedAt < granted - LOOK_MS) || isCutOff(other)
  const down = [...world.hosts].filter(([name, other]) => name !== host && isOurs(other)).map(([name]) => name)
  const isRepair = it.roseAt > granted - LOOK_MS
  if (!isRepair && down.length + 1 > spare) played.broken.push(`${host} at ${Math.round(time.now())} while ${down.join(', ')} were down`)
  it.isUp = false
  it.diedAt = LONG_AGO
}

function nameOf(host: number, count: number): string {
  return `c${(host % count) + 1}`
}
