import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Refusal } from '../../engine/core/module.ts'
import { QuorumWatch } from '../../engine/guard/quorum_watch.ts'
import type { Looks } from '../../engine/guard/standing.ts'
import { numbersFrom, VirtualTime } from './virtual_time.ts'
import { World } from './world.ts'

const test = suite('the watch over a quorum')

const HOUR = 3_600_000

test('a change that ended while the others were asked, after its own host was, is not forgotten', () =>
  watched({ count: 3, threshold: 2 }, async ({ watch, world, slow }) => {
    const first = await watch.enter('c1', { staysDown: true })
    const asked = slow()
    const second = watch.enter('c2', { staysDown: false }).catch((error: unknown) => error)
    // It was seen up, and goes down for good before the answers are all there.
    const answers = await asked
    world.die('c1', { whole: false })
    await first.leave?.(true)
    answers.arrive()
    assert.instance(await second, Refusal, 'with the two of them down, one of three is left')
  }))

test('one that did not come back keeps all others from being disturbed, until it was mended', () =>
  watched({ count: 5, threshold: 3 }, async ({ watch, world }) => {
    const { leave } = await watch.enter('c1', { staysDown: false })
    world.die('c1', { whole: false })
    assert.match((await leave?.(true))?.message ?? '', '`c1` of `x` was up before this change and has not come back after it')
    const refused = await watch.enter('c2', { staysDown: false }).catch((error: unknown) => error)
    assert.instance(refused, Refusal, 'one that is down would leave four')

    world.rise('c1')
    assert.is(await through(watch, 'c1'), undefined)
    world.die('c1', { whole: false })
    assert.is(await through(watch, 'c2'), undefined, 'that it went down by itself later is no fault of this run')
  }))

test('one that was started anew is back when it was seen twice, and not if it starts again and again', () =>
  watched({ count: 3, threshold: 2 }, async ({ watch, world, looks }) => {
    const steady = await watch.enter('c1', { staysDown: false })
    world.of('c1').socket++
    const before = looks()
    assert.is(await steady.leave?.(true), undefined)
    assert.ok(looks() - before > 1, 'it was looked at once')

    const crashing = await watch.enter('c1', { staysDown: false })
    world.onLook = () => world.of('c1').socket++
    assert.match((await crashing.leave?.(true))?.message ?? '', 'it has only just been started anew')
  }))

test('one that listens on another port is waited for no longer than it takes to see it listen again', () =>
  watched({ count: 3, threshold: 1 }, async ({ watch, world, looks }) => {
    world.of('c1').isAstray = true
    const { leave } = await watch.enter('c1', { staysDown: false })
    const before = looks()
    assert.is(await leave?.(true), undefined)
    assert.is(looks() - before, 1)
    const gone = await watch.enter('c1', { staysDown: false })
    world.die('c1', { whole: false })
    assert.match((await gone.leave?.(true))?.message ?? '', 'has not come back')
  }))

test.run()

interface Watched {
  readonly watch: QuorumWatch
  readonly world: World
  /** Has the next look at all cosigners come late; resolves when it was taken. */
  readonly slow: () => Promise<{ readonly arrive: () => void }>
  /** How often all cosigners were looked at. */
  readonly looks: () => number
}

/** Goes through a change that does its host no harm. */
async function through(watch: QuorumWatch, host: string): Promise<Refusal | undefined> {
  return await (await watch.enter(host, { staysDown: false })).leave?.(true)
}

async function watched(
  { count, threshold }: { readonly count: number; readonly threshold: number },
  body: (scene: Watched) => Promise<void>,
): Promise<void> {
  const time = new VirtualTime(numbersFrom(7))
  const world = new World(count, time)
  let looks = 0
  let whenTaken: ((answers: { readonly arrive: () => void }) => void) | undefined
  const look = async (hosts: readonly string[]): Promise<Looks> => {
    const seen = await world.look(hosts)
    if (hosts.length === 1) return seen
    looks++
    const told = whenTaken
    whenTaken = undefined
    if (told) await new Promise<void>((arrive) => told({ arrive }))
    return seen
  }
  const options = { fleet: 'x', cosigners: world.members, threshold, port: 2222, look, patienceMs: 0, returnMs: 10_000, clock: time }
  const watch = new QuorumWatch({ ...options, onWait: () => undefined })
  const slow = () =>
    new Promise<{ readonly arrive: () => void }>((resolve) => {
      whenTaken = resolve
    })
  await time.pass(body({ watch, world, slow, looks: () => looks }), { atMostMs: HOUR })
}
