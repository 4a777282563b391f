import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Refusal } from '../../engine/core/module.ts'
import { FleetLock } from '../../engine/guard/fleet_lock.ts'
import { Grips } from '../../engine/guard/grips.ts'
import type { Grip } from '../../engine/guard/hold.ts'
import type { Holder } from '../../engine/guard/holder.ts'

const test = suite('the fleet lock without hosts')

const RIVAL: Holder = { run: 'theirs', user: 'eve', from: 'desk', process: 7, since: 'noon', doing: 'apply x' }
const HOSTS = ['h1', 'h2', 'h3']

test('holds nothing while it waits to try again', async () => {
  const held = new Set<string>()
  const heldMeanwhile: number[] = []
  const clock = {
    now: () => heldMeanwhile.length * 1000,
    wait: async () => heldMeanwhile.push(held.size) > 0,
    random: () => 0.5,
  }
  const take = async (host: string): Promise<Grip> => (host === 'h1' ? taken(host, held) : { kind: 'held', by: RIVAL })
  const options = {
    fleet: 'x',
    hosts: HOSTS,
    run: 'ours',
    isForced: false,
    waitMs: 5000,
    clock,
    approach: none,
    take,
    onWait: none,
    onSettle: none,
  }
  const lock = new FleetLock(options)
  const refusal = await lock.hold().catch((error: unknown) => error)
  assert.instance(refusal, Refusal)
  assert.ok(heldMeanwhile.length > 1, 'it tried again')
  assert.equal([...new Set(heldMeanwhile)], [0], 'what it held stood in the way of the other')
})

test('what was let go of while it was reached for is let go when it comes', async () => {
  const held = new Set<string>()
  let arrive = () => {}
  const arrives = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const take = async (host: string): Promise<Grip> => {
    await arrives
    return taken(host, held)
  }
  const grips = new Grips({ hosts: ['h1'], run: 'ours', approach: none, take })
  const reached = grips.reach()
  await new Promise((resolve) => setImmediate(resolve))
  await grips.letGo()
  arrive()
  const findings = await reached
  assert.equal([findings[0]?.kind, grips.valid], ['silent', 0])
  assert.is(held.has('h1'), false, 'nobody knows of it, and it is held for ever')
})

test.run()

async function none(): Promise<undefined> {
  return undefined
}

function taken(host: string, held: Set<string>): Grip {
  held.add(host)
  return { kind: 'taken', hold: { isValid: true, release: async () => void held.delete(host) } }
}
