import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ComingChange, type Permit, underPermit } from '../../engine/converge/permit.ts'
import { failed, ok } from '../../engine/converge/results.ts'
import { type Module, Refusal } from '../../engine/core/module.ts'
import type { FleetPlace } from '../../engine/fleet/assemble.ts'
import type { Guard } from '../../engine/guard/guard.ts'
import { permitOf } from '../../engine/guard/permit.ts'
import { quorumGuard } from '../../engine/guard/quorum_guard.ts'
import { findModule } from '../../engine/modules/registry.ts'

const test = suite('the way past the guards')

const CHANGE: ComingChange = { module: findModule('command') as Module, params: {}, disrupts: true }
const PLACE = { fleet: { name: 'x', members: [], profile: { ports: { cosigner: 2222 } } }, member: { name: 'c1', tier: 'cosigner' } }

test('is asked for again when what was said does not hold any more', async () => {
  const said = { holds: true, times: 0 }
  const guard: Guard = {
    enter: async () => {
      said.times++
      said.holds = true
      return { anew: said.times > 1, isStill: () => said.holds }
    },
  }
  const permit = permitOf([guard], PLACE as unknown as FleetPlace)
  await permit.enter(CHANGE)
  await permit.enter(CHANGE)
  assert.is(said.times, 1)
  said.holds = false
  assert.is((await permit.enter(CHANGE)).anew, true)
  assert.is(said.times, 2)
})

test('is left by every guard that let pass when a later one refuses', async () => {
  const left: boolean[] = []
  const first: Guard = { enter: async () => ({ anew: false, leave: async (isUsed: boolean) => void left.push(isUsed) }) as never }
  const second: Guard = { enter: () => Promise.reject(new Refusal('no')) }
  const permit = permitOf([first, second], PLACE as unknown as FleetPlace)
  const refused = await underPermit(permit, async () => {
    await permit.enter(CHANGE)
    return ok()
  }).catch((error: unknown) => error)
  assert.instance(refused, Refusal)
  assert.equal(left, [false])
})

test('fails a host that is not well afterwards, and says what else was wrong', async () => {
  const permit: Permit = {
    enter: async () => ({ anew: false }),
    leave: async () => new Refusal('it is down', 'mend it', { code: 'signer-down' }),
  }
  const well = await underPermit(permit, async () => ok())
  assert.equal([well.status, well.message, well.help, well.code], ['failed', 'it is down', 'mend it', 'signer-down'])
  assert.is((await underPermit(permit, async () => failed('exit status 1'))).message, 'exit status 1; it is down')
})

test('asks about the quorum before a cosigner is disturbed, and about nothing else', async () => {
  const asked: string[] = []
  const guard = quorumGuard({
    asking: {
      ask: async (hosts) => {
        asked.push(...hosts)
        return new Map()
      },
    },
    patienceMs: 0,
    returnMs: 0,
    forced: new Set(['y']),
    clock: { now: () => 0, wait: async () => true, random: () => 0 },
    emit: () => undefined,
  })
  const enter = (change: object, place: { readonly fleet?: object; readonly member?: object }) =>
    guard.enter({ ...CHANGE, ...change }, { ...PLACE, ...place } as unknown as FleetPlace).catch(() => undefined)
  await enter({ disrupts: false }, {})
  await enter({}, { member: { name: 's1', tier: 'sentry' } })
  await enter({}, { fleet: { ...PLACE.fleet, name: 'y' } })
  assert.equal(asked, [])
  await enter({}, {})
  assert.is(asked[0], 'c1')
})

test.run()
