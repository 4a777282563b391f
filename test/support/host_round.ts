import * as assert from 'uvu/assert'
import type { Module } from '../../engine/core/module.ts'
import { enterCommand } from '../../engine/lab/enter.ts'
import { type Application, type Applied, type Shell, applyModule } from './apply_module.ts'
import type { TestHost } from './lab.ts'

export interface HostRound extends Omit<Application, 'shell' | 'check'> {
  /** Folders that must not change where nothing is to change. */
  readonly watched?: readonly string[]
}

/** A shell of root inside the host, past its network. */
export async function shellOf({ lab, name }: TestHost): Promise<Shell> {
  const [program = '', ...args] = await enterCommand(lab, name)
  return [program, ...args, 'sh']
}

/** Carries out a module on a lab host. */
export async function applyOn(
  host: TestHost,
  module: Module,
  params: object,
  application: Omit<Application, 'shell'> = {},
): Promise<Applied> {
  return await applyModule(module, params, { ...application, shell: await shellOf(host) })
}

/** Asserts on a real host that check mode foretells the change and touches nothing, that the change is made, and that doing it again finds nothing to do. */
export async function assertMakesSo(
  host: TestHost,
  module: Module,
  params: object,
  { watched = WATCHED, ...application }: HostRound = {},
): Promise<Applied> {
  const before = await host.digest(watched)
  const foretold = await applyOn(host, module, params, { ...application, check: true })
  assert.is(foretold.status, 'changed', `check mode: ${foretold.message}`)
  assert.is(await host.digest(watched), before, 'check mode changed the host')
  const done = await applyOn(host, module, params, application)
  assert.is(done.status, 'changed', done.message)
  assert.equal(done.changes, foretold.changes)
  await assertHolds(host, module, params, { watched, ...application })
  return done
}

/** Asserts on a real host that there is nothing to do, and that looking does nothing. */
export async function assertHolds(
  host: TestHost,
  module: Module,
  params: object,
  { watched = WATCHED, ...application }: HostRound = {},
): Promise<Applied> {
  const before = await host.digest(watched)
  const again = await applyOn(host, module, params, application)
  assert.is(again.status, 'ok', `${again.message} ${JSON.stringify(again.changes)}`)
  assert.is(await host.digest(watched), before, 'a run without a change changed the host')
  return again
}

/** Asserts on a real host that the module fails with this message and leaves the host as it was. */
export async function assertFails(host: TestHost, module: Module, params: object, message: string | RegExp): Promise<void> {
  const before = await host.digest(WATCHED)
  const result = await applyOn(host, module, params)
  assert.is(result.status, 'failed', JSON.stringify(result))
  assert.match(result.message, message)
  assert.is(await host.digest(WATCHED), before, 'a failure changed the host')
}

const WATCHED = ['/etc', '/home', '/root', '/srv', '/var/spool']
